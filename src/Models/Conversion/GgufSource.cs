using ModelPack.Models.Gguf;

namespace ModelPack.Models.Conversion;

/// <summary>Takes an unquantized GGUF file as the model to quantize: same keys, same tensors.</summary>
public static class GgufSource
{
    private static readonly GgmlType[] Unquantized = [GgmlType.F32, GgmlType.F16, GgmlType.BF16];

    /// <summary>Describes the file as a model; its sources read from the file, which must stay open.</summary>
    /// <exception cref="UnsupportedModelException">A tensor is already quantized: quantizing twice adds up the errors.</exception>
    public static GgufModel Create(GgufFile file)
    {
        GgufMetadata metadata = file.Metadata.Copy();
        foreach (string key in (string[])["split.no", "split.count", "split.tensors.count", "general.file_type", "general.quantization_version"])
        {
            metadata.Remove(key);
        }

        GgufModelTensor[] tensors =
        [
            .. file.Tensors.Select(t => new GgufModelTensor(t.Name, t.Shape, file.OpenTensor(t), t.Type, [t.Name])),
        ];
        return new(metadata, tensors, CommonestType(file), file.Files, []);
    }

    private static GgmlType CommonestType(GgufFile file) =>
        Unquantized.MaxBy(type => file.Tensors.Where(t => t.Type == type && t.Shape.Count > 1).Sum(static t => t.Count))!;
}
