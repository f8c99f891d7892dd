using ModelPack.Licensing.Catalog;

namespace ModelPack.Cli.Documents;

/// <summary>What <c>modelpack license list --json</c> prints; fields are added, never renamed.</summary>
internal sealed record LicenseListDocument
{
    public int SchemaVersion { get; init; } = 1;

    public required IReadOnlyList<LicenseNameDocument> Licenses { get; init; }

    public static LicenseListDocument From(LicenseCatalog catalog) => new()
    {
        Licenses = [.. catalog.All.Select(static entry => new LicenseNameDocument { Id = entry.Id, Name = entry.Name, Family = entry.Family })],
    };
}
