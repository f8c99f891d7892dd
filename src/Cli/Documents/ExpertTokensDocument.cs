namespace ModelPack.Cli.Documents;

/// <summary>Tokens that each routed expert of a layer saw.</summary>
internal sealed record ExpertTokensDocument(int Layer, IReadOnlyList<long> Tokens);
