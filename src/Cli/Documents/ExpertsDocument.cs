namespace ModelPack.Cli.Documents;

/// <summary>Experts of a mixture-of-experts model.</summary>
/// <param name="Count">Routed experts in a layer.</param>
/// <param name="Active">Routed experts that a token uses.</param>
/// <param name="Shared">Experts that every token uses.</param>
internal sealed record ExpertsDocument(int Count, int Active, int Shared);
