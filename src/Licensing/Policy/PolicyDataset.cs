namespace ModelPack.Licensing.Policy;

/// <summary>Data that an artifact is made of.</summary>
/// <param name="Name">The data's name.</param>
/// <param name="License">Its license, an expression or an id of the catalogue; null: not said.</param>
public sealed record PolicyDataset(string Name, string? License);
