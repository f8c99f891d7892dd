using ModelPack.Models.Architectures;
using ModelPack.Models.Tensors;

namespace ModelPack.Models.Onnx.Export;

/// <summary>What the parts of a decoder are built with: the graph, its weights, and the operators that all of them use.</summary>
/// <remarks>Between attentions all tokens of a batch are rows of one matrix, [tokens, width], as Gemm and QMoE want them.</remarks>
internal sealed class DecoderParts(DecoderSpec spec, OnnxExportOptions options, TakenTensors taken)
{
    private WeightStore? _weights;

    /// <summary>The model.</summary>
    public DecoderSpec Spec => spec;

    /// <summary>Choices.</summary>
    public OnnxExportOptions Options => options;

    /// <summary>The checkpoint's tensors.</summary>
    public TakenTensors Taken => taken;

    /// <summary>Type of the activations.</summary>
    public OnnxElementType Activation => options.ActivationType;

    /// <summary>Nodes and constants.</summary>
    public GraphBuilder Graph { get; } = new();

    /// <summary>Large initializers.</summary>
    public WeightStore Weights => _weights ??= new(Graph, Activation);

    /// <summary>Name of a shape constant: [batch, sequence, the rest].</summary>
    public required string SequenceShape { get; init; }

    /// <summary>The format of a role's matrix.</summary>
    public OnnxWeightFormat FormatOf(TensorRole role, TensorSource weights) => options.Format(role, weights.Rows, weights.Columns);

    /// <summary>x · Wᵀ + b, [tokens, rows of W].</summary>
    /// <param name="input">[tokens, columns of W].</param>
    /// <param name="role">W.</param>
    /// <param name="bias">Whether there is a b.</param>
    /// <param name="rows">W with its rows in another order; null as the checkpoint has it.</param>
    public string Linear(string input, TensorRole role, bool bias = false, TensorSource? rows = null)
    {
        TakenTensor tensor = taken[role];
        tensor = rows is null ? tensor : tensor with { Weights = rows };
        OnnxWeightFormat format = FormatOf(role, tensor.Weights);
        WeightNames names = Weights.AddMatrix(role, tensor, format);
        string vector = bias ? Vector(role with { Bias = true }) : "";
        return Multiply($"{role}", input, names, format, tensor.Weights, vector);
    }

    /// <summary>x · Wᵀ + b for a weight that is already in the graph.</summary>
    public string Multiply(string name, string input, WeightNames names, OnnxWeightFormat format, TensorSource weights, string bias = "")
    {
        if (format is not OnnxWeightFormat.Blocks blocks)
        {
            return Graph.Add("Gemm", name, [input, names.Values, bias], new OnnxAttribute.Int("transB", 1));
        }

        List<OnnxAttribute> attributes =
        [
            new OnnxAttribute.Int("K", weights.Columns),
            new OnnxAttribute.Int("N", weights.Rows),
            new OnnxAttribute.Int("bits", blocks.Bits),
            new OnnxAttribute.Int("block_size", names.Block),
        ];
        if ((options.AccuracyLevel ?? (options.Provider == OnnxProvider.Cpu ? 4 : 0)) is var level and not 0)
        {
            attributes.Add(new OnnxAttribute.Int("accuracy_level", level));
        }

        return Graph.AddMicrosoft("MatMulNBits", name, [input, names.Values, names.Scales, names.ZeroPoints, "", bias], attributes);
    }

    /// <summary>A vector in the activations' type.</summary>
    public string Vector(TensorRole role)
    {
        TakenTensor tensor = taken[role];
        string name = role.Bias ? $"{role}" : $"{role}.weight";
        return Weights.AddPlain(role, name, tensor, Activation, [tensor.Weights.Columns]);
    }

    /// <summary>RMS norm of the last dimension.</summary>
    public string Norm(string input, TensorRole role) => Graph.Add(
        "SimplifiedLayerNormalization",
        $"{role}",
        [input, Vector(role)],
        new OnnxAttribute.Int("axis", -1),
        new OnnxAttribute.Float("epsilon", (float)spec.NormEpsilon),
        new OnnxAttribute.Int("stash_type", 1));

    /// <summary>Adds a layer's part to the residual stream and takes the RMS norm of the sum.</summary>
    /// <returns>The norm and the sum.</returns>
    public (string Norm, string Sum) AddAndNorm(string residual, string part, TensorRole role)
    {
        string[] outputs = [$"{role}", "", "", $"{role}.sum"];
        Graph.Add(
            GraphBuilder.Microsoft,
            "SkipSimplifiedLayerNormalization",
            $"{role}",
            [residual, part, Vector(role)],
            outputs,
            [new OnnxAttribute.Float("epsilon", (float)spec.NormEpsilon)]);
        return (outputs[0], outputs[3]);
    }
}
