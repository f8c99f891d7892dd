using ModelPack.Models.Architectures;

namespace ModelPack.Models.Onnx.Export;

/// <summary>Choices of an export.</summary>
/// <param name="Format">
/// How a weight matrix is stored, by its role, rows and columns: asked once a matrix, for experts once an expert. Embeddings that
/// are also the head are asked for as the embedding. Norms, routers, biases and rotary tables are not asked for.
/// </param>
/// <param name="ActivationType">Float or Float16: type of everything between the embedding and the logits, and of the KV cache.</param>
/// <param name="Provider">What the graph is made for.</param>
/// <param name="AccuracyLevel">
/// accuracy_level of MatMulNBits: 0 computes in the activation type, 4 rounds activations to 8 bits; null for the provider's own,
/// 4 on the CPU, where 0 makes 8 bits a hundred times slower for one token, and 0 elsewhere.
/// </param>
public sealed record OnnxExportOptions(
    Func<TensorRole, long, int, OnnxWeightFormat> Format,
    OnnxElementType ActivationType = OnnxElementType.Float,
    OnnxProvider Provider = OnnxProvider.Cpu,
    int? AccuracyLevel = null)
{
    /// <summary>Every weight in the activation type.</summary>
    public static OnnxExportOptions Plain(OnnxElementType type, OnnxProvider provider = OnnxProvider.Cpu) =>
        new((_, _, _) => new OnnxWeightFormat.Plain(type), type, provider);
}
