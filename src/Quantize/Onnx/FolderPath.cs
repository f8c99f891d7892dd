namespace ModelPack.Quantize.Onnx;

/// <summary>Names of files inside a folder that others may have written.</summary>
internal static class FolderPath
{
    private const int MostCharacters = 512;

    /// <summary>Whether a name with '/' between its parts stays inside the folder, on any system.</summary>
    public static bool IsInside(string name) =>
        name.Length is > 0 and <= MostCharacters
        && !name.Any(static c => char.IsControl(c) || c is '\\' or ':' or '*' or '?' or '"' or '<' or '>' or '|')
        && name.Split('/').All(static p => p.Length > 0 && p.Trim() is not ("" or "." or ".."));
}
