namespace ModelPack.Licensing.Reports;

/// <summary>A file of a model.</summary>
/// <param name="Path">Path in the model or package, with '/'.</param>
/// <param name="Sha256">64 lower-case hexadecimal digits.</param>
public sealed record ReportFile(string Path, string Sha256);
