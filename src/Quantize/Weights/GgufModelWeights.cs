using ModelPack.Models;
using ModelPack.Models.Conversion;
using ModelPack.Models.Gguf;
using ModelPack.Models.Tensors;

namespace ModelPack.Quantize.Weights;

/// <summary>The weights of a GGUF model of any type that this tool writes, as the hub lays them out.</summary>
public static class GgufModelWeights
{
    /// <summary>Describes the weights; they are read, and decoded, when they are asked for.</summary>
    /// <param name="gguf">Must stay open as long as weights are read.</param>
    /// <exception cref="InvalidCheckpointException">The metadata make no sense, or a tensor is missing or of another shape.</exception>
    /// <exception cref="UnsupportedModelException">An architecture, variant or type of tensor that is not covered.</exception>
    public static ModelWeights Of(GgufFile gguf) => GgufWeights.Of(gguf, tensor => Open(gguf, tensor));

    /// <summary>Opens one tensor.</summary>
    /// <exception cref="UnsupportedModelException">Nothing here decodes the tensor's type.</exception>
    public static TensorSource Open(GgufFile gguf, GgufTensorInfo tensor)
    {
        QuantType type = QuantType.Find(tensor.Type) ?? throw new UnsupportedModelException(
            $"{Path.GetFileName(gguf.Files[0])}: {tensor.Name}: type {tensor.Type}; weights are decoded from {string.Join(", ", QuantType.All)}");
        return tensor.Type.BlockWeights == 1 || tensor.Shape[0] > int.MaxValue ? gguf.OpenTensor(tensor) : new BlockSource(gguf, tensor, type);
    }
}
