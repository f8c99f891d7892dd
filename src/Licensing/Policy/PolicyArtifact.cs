namespace ModelPack.Licensing.Policy;

/// <summary>What a person adds to the lineage of one artifact.</summary>
/// <param name="Name">The artifact's name.</param>
/// <param name="License">The license that a person concluded, an expression or an id of the catalogue; null: as found.</param>
/// <param name="Reason">Why; there whenever <paramref name="License"/> is.</param>
/// <param name="Parents">Works that it is made of.</param>
/// <param name="Datasets">Data that it is made of.</param>
/// <param name="Line">Where it stands in the file, from 1.</param>
public sealed record PolicyArtifact(
    string Name,
    string? License,
    string? Reason,
    IReadOnlyList<PolicyParent> Parents,
    IReadOnlyList<PolicyDataset> Datasets,
    long Line);
