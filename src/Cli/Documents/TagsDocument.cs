namespace ModelPack.Cli.Documents;

/// <summary>What <c>modelpack tags --json</c> prints; fields are added, never renamed.</summary>
internal sealed record TagsDocument
{
    public int SchemaVersion { get; init; } = 1;

    public required string Reference { get; init; }

    /// <summary>Versions first, the highest first; then the others by name.</summary>
    public required IReadOnlyList<string> Tags { get; init; }
}
