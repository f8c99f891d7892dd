namespace ModelPack.Licensing.Identity;

/// <summary>Which file names promise license text.</summary>
public static class LicenseFileName
{
    private static readonly string[] TermsPrefixes = ["LICENSE", "LICENCE", "COPYING", "UNLICENSE", "UNLICENCE", "MODEL_LICENSE", "MODEL-LICENSE"];

    private static readonly string[] TermsParts = ["USE_POLICY", "USE-POLICY", "USAGE_POLICY", "LICENSE AGREEMENT", "LICENSE_AGREEMENT"];

    /// <summary>Whether a folder scan should read a file of this name (no folder in it).</summary>
    public static bool IsLicenseLike(string name) =>
        KindOf(name) is not LicenseFileKind.Prose || StartsWith(name, "README");

    /// <summary>Folder whose files are license texts whatever their names (REUSE; 'modelpack license notice' writes one).</summary>
    public const string TextFolder = "LICENSES";

    internal static LicenseFileKind KindOf(string? name)
    {
        if (name is null)
        {
            return LicenseFileKind.Terms;
        }

        name = Path.GetFileName(name);
        if (TermsPrefixes.Any(prefix => StartsWith(name, prefix))
            || TermsParts.Any(part => name.Contains(part, StringComparison.OrdinalIgnoreCase)))
        {
            return LicenseFileKind.Terms;
        }

        return StartsWith(name, "NOTICE") ? LicenseFileKind.Notice : LicenseFileKind.Prose;
    }

    private static bool StartsWith(string name, string prefix) => name.StartsWith(prefix, StringComparison.OrdinalIgnoreCase);
}
