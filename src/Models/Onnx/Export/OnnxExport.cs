using ModelPack.Models.Architectures;
using ModelPack.Models.Checkpoints;

namespace ModelPack.Models.Onnx.Export;

/// <summary>From a checkpoint to a decoder as ONNX Runtime and ONNX Runtime GenAI run it; no weight is read.</summary>
/// <remarks>
/// Inputs: input_ids [batch, length] and attention_mask [batch, past + length], int64; past_key_values.N.key and .value,
/// [batch, heads, past, head size] as <see cref="OnnxCache"/> says. Outputs: logits [batch, length, vocabulary], float32, and
/// present.N.key and .value. Shorter sequences of a batch are padded on the right, as GenAI does; their mask ends in zeros.
/// </remarks>
public static class OnnxExport
{
    private const int Opset = 21;
    private const int IrVersion = 10;

    /// <summary>Plans the export of a checkpoint.</summary>
    /// <param name="checkpoint">Must stay open while the decoder's weights are read.</param>
    /// <param name="options">Choices.</param>
    /// <exception cref="InvalidCheckpointException">The config makes no sense, or its tensors do not fit it.</exception>
    /// <exception cref="UnsupportedModelException">An architecture, a shape or a format that is not covered.</exception>
    public static OnnxDecoder Create(Checkpoint checkpoint, OnnxExportOptions options)
    {
        OnnxDecoder decoder = Create(checkpoint.Config, checkpoint.Tensors, options);
        return decoder with { Sources = checkpoint.Files, Dropped = [.. checkpoint.Dropped, .. decoder.Dropped] };
    }

    /// <summary>The same without files.</summary>
    internal static OnnxDecoder Create(
        ModelConfig config, IReadOnlyDictionary<string, CheckpointTensor> tensors, OnnxExportOptions options)
    {
        if (options.ActivationType is not (OnnxElementType.Float or OnnxElementType.Float16))
        {
            throw new ArgumentException($"activations of type {options.ActivationType}; expected Float or Float16", nameof(options));
        }

        Architecture architecture = Architecture.Find(config);
        DecoderSpec spec = architecture.ReadSpec(config);
        TakenTensors taken = TakenTensors.Of(architecture, config, spec, tensors);
        (OnnxGraph graph, IReadOnlyList<OnnxWeight> weights) = DecoderGraph.Build(spec, options, taken);
        OnnxModel model = new(
            graph,
            [new("", Opset), new(GraphBuilder.Microsoft, 1)],
            IrVersion,
            "modelpack",
            typeof(OnnxExport).Assembly.GetName().Version!.ToString(3),
            []);
        return new(spec, model, weights, [], taken.Dropped);
    }
}
