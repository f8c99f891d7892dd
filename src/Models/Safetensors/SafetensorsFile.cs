using ModelPack.Models.Checkpoints;
using ModelPack.Models.Tensors;

namespace ModelPack.Models.Safetensors;

/// <summary>One .safetensors file by itself.</summary>
public static class SafetensorsFile
{
    /// <summary>Reads and checks the header; no weight is touched.</summary>
    /// <returns>Every stored tensor, in the order of its data.</returns>
    /// <exception cref="InvalidCheckpointException">The file breaks the format, or is a Git LFS pointer.</exception>
    /// <exception cref="ModelPackException">The file cannot be opened.</exception>
    public static IReadOnlyList<TensorInfo> ReadTensors(string path)
    {
        using WeightFile file = WeightFile.Open(Path.GetFullPath(path), Path.GetFileName(path));
        return SafetensorsReader.Read(file, 0).Tensors;
    }
}
