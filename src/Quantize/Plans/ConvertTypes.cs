using ModelPack.Models;
using ModelPack.Models.Conversion;
using ModelPack.Models.Gguf;
using ModelPack.Quantize.Mixtures;

namespace ModelPack.Quantize.Plans;

/// <summary>Chooses types as llama.cpp's converter does: one plain type, F32 for norms, vectors and routers.</summary>
/// <remarks>Source: llama.cpp v0.5.0, conversion/base.py, prepare_tensors.</remarks>
internal static class ConvertTypes
{
    private static readonly string[] Plain = ["f32", "f16", "bf16", "q8_0"];

    /// <summary>The type of every tensor, by GGUF name.</summary>
    /// <param name="model">What is converted.</param>
    /// <param name="preset">f32, f16, bf16 or q8_0; null keeps the type each tensor has.</param>
    /// <exception cref="ModelPackException">The preset is none of these.</exception>
    public static Dictionary<string, TypeChoice> Choose(GgufModel model, QuantPreset? preset)
    {
        if (preset is not null && !Plain.Contains(preset.Name))
        {
            throw new ModelPackException($"cannot convert to {preset}; expected auto, {string.Join(", ", Plain)} (quantize has the other types)");
        }

        return model.Tensors.ToDictionary(static t => t.Name, t => ChooseOne(model, t, preset));
    }

    private static TypeChoice ChooseOne(GgufModel model, GgufModelTensor tensor, QuantPreset? preset)
    {
        bool isFixed = tensor.BaseType == GgmlType.F32
            && (model.DefaultType != GgmlType.F32 || !QuantizeTypes.AllowsQuantization(tensor));
        if (isFixed || preset is null)
        {
            return new(tensor.BaseType, isFixed ? TypeReason.Kept : TypeReason.Preset);
        }

        long columns = tensor.Shape[0];
        GgmlType type = TypeFallback.For(preset.Default, columns);
        return type == preset.Default
            ? new(type, TypeReason.Preset)
            : new(type, TypeReason.Fallback, $"{columns} columns; {preset.Default} needs a multiple of {preset.Default.BlockWeights}");
    }
}
