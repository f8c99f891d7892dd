namespace ModelPack.Licensing.Audit;

/// <summary>The license of an artifact as far as the evidence goes.</summary>
/// <param name="Expression">SPDX expression of ids of the list and of the catalogue; null when there is no evidence.</param>
/// <param name="Basis">What decided: "text", "declared", "policy", "catalogue" or "none".</param>
/// <param name="Files">The files whose text decided.</param>
/// <param name="Declared">What the metadata means, as expressions; empty when it says nothing that is understood.</param>
/// <param name="Observed">What the texts are, as ids.</param>
public sealed record LicenseConclusion(
    string? Expression,
    string Basis,
    IReadOnlyList<string> Files,
    IReadOnlyList<string> Declared,
    IReadOnlyList<string> Observed);
