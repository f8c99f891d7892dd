using ModelPack.Models.Onnx;
using ModelPack.Models.Onnx.Export;
using ModelPack.Quantize.Calibrated;
using ModelPack.Quantize.Calibration;
using ModelPack.Quantize.Importance;

namespace ModelPack.Quantize.Onnx;

/// <summary>What a user chooses for an ONNX export.</summary>
public sealed record OnnxOptions
{
    /// <summary>Type of the weights.</summary>
    public required OnnxType Type { get; init; }

    /// <summary>Weights that share a scale: 16, 32, 64, 128 or 256; 0 for one scale a row of an expert.</summary>
    public int BlockSize { get; init; } = 32;

    /// <summary>Whether blocks go without zero points.</summary>
    public bool Symmetric { get; init; } = true;

    /// <summary>What the model is to run on.</summary>
    public OnnxProvider Provider { get; init; }

    /// <summary>accuracy_level of MatMulNBits, 0 to 4; null for the provider's: 4 (8-bit activations) on processors, 0 on GPUs.</summary>
    public int? AccuracyLevel { get; init; }

    /// <summary>Types set against <see cref="Type"/>; the first that matches wins.</summary>
    public IReadOnlyList<OnnxRule> Rules { get; init; } = [];

    /// <summary>Importance of each tensor's columns; null quantizes without.</summary>
    public ImportanceMatrix? Importance { get; init; }

    /// <summary>Name of the importance matrix's file, without its folder, for the manifest.</summary>
    public string? ImportanceFile { get; init; }

    /// <summary>The calibration that codes are chosen by; null for none.</summary>
    public CalibrationRecord? Calibration { get; init; }

    /// <summary>Weights that take less than what is at hand; null where all use the importance, and solved codes.</summary>
    public MethodRules? Methods { get; init; }

    /// <summary>Largest size of a data file; null for one file.</summary>
    public long? SplitMaxBytes { get; init; }

    /// <summary>The accuracy level that counts.</summary>
    public int EffectiveAccuracyLevel => AccuracyLevel ?? (Provider == OnnxProvider.Cpu ? 4 : 0);

    /// <summary>The type that the graph computes in, and that scales have.</summary>
    public OnnxElementType ComputeType => Provider == OnnxProvider.Cpu ? OnnxElementType.Float : OnnxElementType.Float16;
}
