namespace ModelPack.Licensing.Reports;

/// <summary>What a report says of itself.</summary>
/// <param name="ToolVersion">Version of this program.</param>
/// <param name="ModelPath">The model as the user named it, with '/', relative to where reports are read; a folder, or a file.</param>
/// <param name="ModelIsFolder">Whether that is a folder, so that files stand below it.</param>
/// <param name="Created">When; cut to seconds. Null for a document that shall be the same whenever it is made.</param>
public sealed record ReportContext(string ToolVersion, string ModelPath, bool ModelIsFolder, DateTimeOffset? Created)
{
    /// <summary>Name of this program in reports.</summary>
    public const string ToolName = "modelpack";

    /// <summary>When, as RFC 3339 writes it in UTC; null for no time.</summary>
    internal string? Time => Created?.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", System.Globalization.CultureInfo.InvariantCulture);

    /// <summary>A file of the model as a path that the report's reader finds.</summary>
    /// <param name="file">Relative to the model's folder; null for the model itself.</param>
    internal string Locate(string? file)
    {
        int slash = ModelPath.LastIndexOf('/');
        string folder = ModelIsFolder ? ModelPath : slash < 0 ? "" : ModelPath[..slash];
        return file is null ? ModelPath : folder is "" or "." ? file : $"{folder}/{file}";
    }
}
