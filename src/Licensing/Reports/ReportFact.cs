namespace ModelPack.Licensing.Reports;

/// <summary>One thing that is known of a model.</summary>
/// <param name="Name">Name without our prefix: "quantization", "calibration:sha256".</param>
/// <param name="Value">Its value.</param>
public sealed record ReportFact(string Name, string Value);
