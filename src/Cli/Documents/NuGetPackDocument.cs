using ModelPack.Packaging.NuGet;

namespace ModelPack.Cli.Documents;

/// <summary>What <c>modelpack pack --as nuget --json</c> prints; fields are added, never renamed.</summary>
internal sealed record NuGetPackDocument
{
    public int SchemaVersion { get; init; } = 1;

    /// <summary>The folder of the packages.</summary>
    public required string Output { get; init; }

    public required string Name { get; init; }

    public required string Version { get; init; }

    public string? Variant { get; init; }

    /// <summary>Id of the package to refer to.</summary>
    public required string Id { get; init; }

    /// <summary>Its version: without build metadata.</summary>
    public required string PackageVersion { get; init; }

    /// <summary>Verdict of the license audit; "none" when there was none.</summary>
    public required string Audit { get; init; }

    /// <summary>SPDX expressions.</summary>
    public required IReadOnlyList<string> Licenses { get; init; }

    /// <summary>Bytes of all files.</summary>
    public required long Bytes { get; init; }

    /// <summary>Bytes that a part has at most.</summary>
    public required long PartBytes { get; init; }

    /// <summary>The parts, then the package to refer to.</summary>
    public required IReadOnlyList<NuGetPackageDocument> Packages { get; init; }

    public required IReadOnlyList<NuGetFileDocument> Files { get; init; }

    public static NuGetPackDocument Of(string folder, long partBytes, NuGetPackResult result) => new()
    {
        Output = folder,
        Name = result.Record.Name,
        Version = result.Record.Version,
        Variant = result.Record.Variant,
        Id = result.Model.Identity.Id,
        PackageVersion = result.Model.Identity.Version,
        Audit = result.Record.Audit,
        Licenses = result.Record.Licenses,
        Bytes = result.Record.Files.Sum(static f => f.Bytes),
        PartBytes = partBytes,
        Packages = [.. result.Record.Parts.Append(result.Model).Select(static p => new NuGetPackageDocument(p.Identity.Id, p.Identity.FileName, p.Bytes, p.Digest.ToString()))],
        Files = [.. result.Record.Files.Select(static f => new NuGetFileDocument(f.Path, f.Bytes, f.Digest.ToString()))],
    };
}
