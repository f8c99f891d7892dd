using ModelPack.Cli.Documents;
using ModelPack.Models.Safetensors;
using ModelPack.Models.Tensors;

namespace ModelPack.Cli.Inspection;

/// <summary>Describes one .safetensors file, which has no config beside it that could be trusted to belong to it.</summary>
internal static class SafetensorsInspection
{
    public static InspectDocument Inspect(string path, bool listTensors)
    {
        IReadOnlyList<TensorInfo> tensors = SafetensorsFile.ReadTensors(path);
        long parameters = tensors.Sum(static t => t.Count);
        return new InspectDocument
        {
            Format = "safetensors",
            Parameters = parameters,
            ActiveParameters = parameters,
            Bytes = tensors.Sum(static t => t.Location.Length),
            Types = Types(tensors),
            Tensors = listTensors ? List(tensors) : null,
        };
    }

    /// <summary>Bytes by type, the largest first.</summary>
    public static IReadOnlyDictionary<string, long> Types(IReadOnlyList<TensorInfo> tensors) => tensors
        .GroupBy(static t => t.TypeName)
        .OrderByDescending(static g => g.Sum(static t => t.Location.Length))
        .ThenBy(static g => g.Key, StringComparer.Ordinal)
        .ToDictionary(static g => g.Key, static g => g.Sum(static t => t.Location.Length));

    /// <summary>Every stored tensor.</summary>
    public static IReadOnlyList<InspectTensor> List(IReadOnlyList<TensorInfo> tensors) =>
        [.. tensors.Select(static t => new InspectTensor(t.Name, t.TypeName, t.Shape, t.Location.Length))];
}
