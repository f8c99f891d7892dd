namespace ModelPack.Licensing.Reports;

/// <summary>A stored tensor and how it was quantized.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Type">"Q4_K", "int4", "BF16".</param>
/// <param name="Bytes">Bytes of its data.</param>
/// <param name="Method">How the values were chosen; null when the model does not tell.</param>
public sealed record ReportTensor(string Name, string Type, long Bytes, string? Method)
{
    /// <summary>"Q4_K, 4608 bytes".</summary>
    public string Recipe => string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{Type}{(Method is null ? "" : $" by {Method}")}, {Bytes} bytes");
}
