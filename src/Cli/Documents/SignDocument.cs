namespace ModelPack.Cli.Documents;

/// <summary>What <c>modelpack sign --json</c> prints; fields are added, never renamed.</summary>
internal sealed record SignDocument
{
    public int SchemaVersion { get; init; } = 1;

    /// <summary>The signature file, or the package that the signatures are attached to.</summary>
    public required string Path { get; init; }

    /// <summary>What tells the key apart: SHA-256 of its public half as PEM.</summary>
    public required string Key { get; init; }

    public required IReadOnlyList<SignedDocument> Signed { get; init; }
}
