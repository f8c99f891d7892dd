namespace ModelPack.Models.Cards;

/// <summary>A YAML value of a card, untyped: texts, lists and maps.</summary>
internal abstract record CardNode
{
    /// <summary>Any scalar as it is written, so that "no" is Norwegian and 1.0 a version; null for YAML's null.</summary>
    public sealed record Text(string? Value) : CardNode;

    /// <summary>A sequence.</summary>
    public sealed record List(IReadOnlyList<CardNode> Items) : CardNode;

    /// <summary>A mapping with text keys; a repeated key keeps its last value.</summary>
    public sealed record Map(IReadOnlyDictionary<string, CardNode> Entries) : CardNode;

    /// <summary>A value that was passed over: an alias, or something nested too deep.</summary>
    public sealed record Refused(string Reason) : CardNode;
}
