namespace ModelPack.Packaging.Packing;

/// <summary>What to pack.</summary>
public sealed record PackageRequest
{
    public required string Name { get; init; }

    public required PackageVersion Version { get; init; }

    /// <summary>Label of this variant of the version; null when there is but one.</summary>
    public string? Variant { get; init; }

    public required IReadOnlyList<PackageFile> Files { get; init; }

    public required PackageDescription Description { get; init; }

    /// <summary>SPDX expressions.</summary>
    public IReadOnlyList<string> Licenses { get; init; } = [];

    /// <summary>What the model was made from, as its metadata names it.</summary>
    public IReadOnlyList<string> BaseModels { get; init; } = [];

    /// <summary>Verdict of the audit; "none" when there was none.</summary>
    public required string Audit { get; init; }

    /// <summary>A time to write into the package; null for none, so that the same input gives the same digests.</summary>
    public DateTimeOffset? Created { get; init; }

    /// <summary>Whether other content of the same version and variant may be replaced in the layout.</summary>
    public bool Overwrite { get; init; }

    /// <summary>Whether blobs may be second names of the source files instead of copies.</summary>
    public bool Link { get; init; }
}
