namespace ModelPack.Cli.Documents;

/// <summary>Attention heads, as a GenAI folder states them.</summary>
/// <param name="Heads">Heads of the queries.</param>
/// <param name="KeyValueHeads">Heads of the cache's keys and values.</param>
/// <param name="HeadSize">Numbers in a head.</param>
internal sealed record AttentionDocument(long Heads, long KeyValueHeads, long HeadSize);
