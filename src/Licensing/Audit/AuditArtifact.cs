using ModelPack.Licensing.Catalog;

namespace ModelPack.Licensing.Audit;

/// <summary>One work of the lineage, with the evidence of its license and what follows from it.</summary>
public sealed record AuditArtifact
{
    /// <summary>Unique in the report; "." is the model itself.</summary>
    public required string Id { get; init; }

    public required string Name { get; init; }

    /// <summary>"checkpoint", "gguf", "onnx", "package", "folder", "model", "dataset" or "component".</summary>
    public required string Kind { get; init; }

    /// <summary>The artifact that was made from this one; null for the model itself.</summary>
    public string? Child { get; init; }

    /// <summary>How; null for the model itself.</summary>
    public Relation? Relation { get; init; }

    /// <summary>Where that stands.</summary>
    public string? Source { get; init; }

    /// <summary>What metadata says.</summary>
    public required IReadOnlyList<LicenseDeclaration> Declarations { get; init; }

    /// <summary>Its license texts.</summary>
    public required IReadOnlyList<ObservedFile> Files { get; init; }

    public required LicenseConclusion Conclusion { get; init; }

    /// <summary>The worst of its findings.</summary>
    public Verdict Verdict { get; init; }
}
