namespace ModelPack.Cli.Documents;

/// <summary>What <c>modelpack license detect --json</c> prints; fields are added, never renamed.</summary>
internal sealed record LicenseDetectDocument
{
    public int SchemaVersion { get; init; } = 1;

    /// <summary>One entry for each license found, in the order of the paths; a file with two licenses has two.</summary>
    public required IReadOnlyList<LicenseFileDocument> Files { get; init; }
}
