using ModelPack.Licensing.Identity;

namespace ModelPack.Licensing.Audit;

/// <summary>A file with license text, as it was found.</summary>
/// <param name="Path">Relative to the model's folder, with '/'.</param>
/// <param name="Sha256">SHA-256 of the whole file, lower-case hexadecimal.</param>
/// <param name="Licenses">What its text is; at least one.</param>
public sealed record ObservedFile(string Path, string Sha256, IReadOnlyList<DetectedLicense> Licenses)
{
    /// <summary>File name without folder.</summary>
    public string Name => Path[(Path.LastIndexOf('/') + 1)..];

    /// <summary>Folder without the last '/'; empty for the model's own.</summary>
    public string Folder => Path[..Math.Max(0, Path.LastIndexOf('/'))];

    /// <summary>Whether it stands in the folder of texts that goes with a package.</summary>
    public bool IsPackaged => Folder == LicenseFileName.TextFolder;

    internal LicenseFileKind Kind => IsPackaged ? LicenseFileKind.Terms : LicenseFileName.KindOf(Name);

    /// <summary>The licenses without findings of nothing.</summary>
    internal IEnumerable<DetectedLicense> Found => Licenses.Where(static l => l.State != DetectionState.None);
}
