using ModelPack.Quantize.Calibrated;
using ModelPack.Quantize.Calibration;
using ModelPack.Quantize.Importance;
using ModelPack.Quantize.Mixtures;
using ModelPack.Quantize.Rules;

namespace ModelPack.Quantize.Plans;

/// <summary>What a user chooses for a quantized file.</summary>
public sealed record QuantizeOptions
{
    /// <summary>Default type and mixture.</summary>
    public required QuantPreset Preset { get; init; }

    /// <summary>Types set against the preset; the first that matches a tensor wins.</summary>
    public IReadOnlyList<TypeRule> Rules { get; init; } = [];

    /// <summary>Importance of each tensor's columns; null quantizes without.</summary>
    public ImportanceMatrix? Importance { get; init; }

    /// <summary>Name of the importance matrix's file, written into the metadata.</summary>
    public string? ImportanceFile { get; init; }

    /// <summary>The calibration that codes are chosen by; null for none.</summary>
    public CalibrationRecord? Calibration { get; init; }

    /// <summary>Tensors that take less than what is at hand; null where all use the importance, and solved codes.</summary>
    public MethodRules? Methods { get; init; }

    /// <summary>Largest size of a file; null for one file.</summary>
    public long? SplitMaxBytes { get; init; }
}
