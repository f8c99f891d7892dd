using ModelPack.Models.Architectures;
using ModelPack.Models.Checkpoints;
using ModelPack.Models.Onnx.Export;
using ModelPack.Models.Tensors;

namespace ModelPack.Models.Conversion;

/// <summary>The weights of a model by what they are for, experts one by one, whatever file they come from.</summary>
/// <param name="Spec">What the model computes.</param>
/// <param name="Tensors">
/// Hub layout: [outputs, inputs] rows for matrices, one row for vectors. Experts by number; kv_b in one piece.
/// </param>
/// <param name="Sources">Files that are read.</param>
/// <remarks>The file that they come from must stay open.</remarks>
public sealed record ModelWeights(DecoderSpec Spec, IReadOnlyDictionary<TensorRole, TensorSource> Tensors, IReadOnlyList<string> Sources)
{
    /// <summary>A weight, or a half of latent attention's kv_b as GGUF has it (<see cref="LatentHalves"/>).</summary>
    /// <exception cref="KeyNotFoundException">The model has no such weight.</exception>
    public TensorSource Find(TensorRole role) => role.Kind switch
    {
        TensorKind.AttentionKeyUp => LatentHalves.Keys(Tensors[role with { Kind = TensorKind.AttentionKeyValueUp }], Latent(role)),
        TensorKind.AttentionValueUp => LatentHalves.Values(Tensors[role with { Kind = TensorKind.AttentionKeyValueUp }], Latent(role)),
        _ => Tensors[role],
    };

    /// <summary>The weights of a checkpoint.</summary>
    /// <exception cref="InvalidCheckpointException">A tensor is missing, left over or of another shape.</exception>
    /// <exception cref="UnsupportedModelException">The architecture is not known.</exception>
    public static ModelWeights Of(Checkpoint checkpoint)
    {
        Architecture architecture = Architecture.Find(checkpoint.Config);
        DecoderSpec spec = architecture.ReadSpec(checkpoint.Config);
        TakenTensors taken = TakenTensors.Of(architecture, checkpoint.Config, spec, checkpoint.Tensors);
        return new(spec, taken.All, checkpoint.Files);
    }

    private AttentionSpec.Latent Latent(TensorRole role) => (AttentionSpec.Latent)Spec.Layers[role.Layer!.Value].Attention;
}
