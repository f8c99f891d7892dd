namespace ModelPack.Models.Cards;

/// <summary>A base model or dataset that a card names: by hub id or URL, or described key by key.</summary>
public sealed record CardReference
{
    /// <summary>"Qwen/Qwen3-30B-A3B" or a URL; null when the card describes it key by key.</summary>
    public string? Id { get; init; }

    public string? Name { get; init; }

    public string? Author { get; init; }

    public string? Version { get; init; }

    public string? Organization { get; init; }

    public string? Description { get; init; }

    public string? Url { get; init; }

    public string? Doi { get; init; }

    public string? Uuid { get; init; }

    public string? RepositoryUrl { get; init; }
}
