using ModelPack.Packaging.Packing;

namespace ModelPack.Packaging.NuGet;

/// <summary>The record of a model in its package, the file modelpack.json: what the parts are, and which bytes make which file.</summary>
public sealed record NuGetManifest
{
    /// <summary>Path in the package.</summary>
    public const string FileName = "modelpack.json";

    public required NuGetIdentity Identity { get; init; }

    public required string Name { get; init; }

    /// <summary>With build metadata, which the package's own version does not have.</summary>
    public required string Version { get; init; }

    public string? Variant { get; init; }

    public required PackageDescription Description { get; init; }

    /// <summary>SPDX expressions.</summary>
    public required IReadOnlyList<string> Licenses { get; init; }

    /// <summary>Verdict of the audit; "none" when there was none.</summary>
    public required string Audit { get; init; }

    public required IReadOnlyList<NuGetPartRecord> Parts { get; init; }

    public required IReadOnlyList<NuGetFileRecord> Files { get; init; }
}
