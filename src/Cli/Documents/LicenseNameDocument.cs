namespace ModelPack.Cli.Documents;

/// <summary>One license of the list.</summary>
internal sealed record LicenseNameDocument
{
    public required string Id { get; init; }

    public required string Name { get; init; }

    public required string Family { get; init; }
}
