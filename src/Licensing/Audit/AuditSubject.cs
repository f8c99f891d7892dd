namespace ModelPack.Licensing.Audit;

/// <summary>A model or a folder as it was found: facts, no judgement.</summary>
public sealed record AuditSubject
{
    /// <summary>What to call it.</summary>
    public required string Name { get; init; }

    /// <summary>"checkpoint", "gguf", "onnx", "package" or "folder".</summary>
    public required string Kind { get; init; }

    /// <summary>The name that it is published under, where metadata says it; licenses may ask how it begins.</summary>
    public string? PublishedName { get; init; }

    /// <summary>What its metadata says of its license.</summary>
    public IReadOnlyList<LicenseDeclaration> Declarations { get; init; } = [];

    /// <summary>Its license texts, in the order of their paths.</summary>
    public IReadOnlyList<ObservedFile> Files { get; init; } = [];

    /// <summary>What it was made from.</summary>
    public IReadOnlyList<AuditParent> Parents { get; init; } = [];
}
