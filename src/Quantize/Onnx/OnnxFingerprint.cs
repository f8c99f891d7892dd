using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using ModelPack.Quantize.Streaming;

namespace ModelPack.Quantize.Onnx;

/// <summary>What must be the same for an export to be continued, as named texts.</summary>
internal static class OnnxFingerprint
{
    /// <summary>Names and values, in a fixed order.</summary>
    /// <exception cref="IOException">A source file cannot be looked at.</exception>
    public static IReadOnlyList<(string Name, string Value)> Of(OnnxPlan plan) =>
    [
        ("slicing", SliceGrid.Version.ToString(CultureInfo.InvariantCulture)),
        ("format", "onnx"),
        ("type", plan.Options.Type.Name),
        ("types and layout", HashWeights(plan)),
        ("graph", Convert.ToHexStringLower(SHA256.HashData(plan.Model.Span))),
        ("calibration", plan.Options.Calibration?.ToString() ?? "none"),
        ("importance matrix", PlanFingerprint.HashImportance(plan.Weights)),
        .. PlanFingerprint.Sources(plan.Decoder.Sources),
    ];

    private static string HashWeights(OnnxPlan plan)
    {
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (OnnxPlannedWeight weight in plan.Weights)
        {
            hash.AppendData(Encoding.UTF8.GetBytes(string.Create(
                CultureInfo.InvariantCulture,
                $"{weight.Name} {weight.Weight.Source.Rows}x{weight.Weight.Source.Columns} {weight.Weight.Format} {weight.Method} {weight.Weight.Source.RowGranularity} ")));
            hash.AppendData(Encoding.UTF8.GetBytes(string.Join('\t', weight.Weight.SourceNames) + "\n"));
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }
}
