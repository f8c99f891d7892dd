namespace ModelPack.Models.Cards;

/// <summary>What the front matter of a hub folder's README.md says about a model.</summary>
/// <remarks>All texts are as written there; nothing is checked against a list.</remarks>
public sealed record ModelCard
{
    public string? Name { get; init; }

    public string? Author { get; init; }

    public string? Version { get; init; }

    public string? Organization { get; init; }

    public string? Description { get; init; }

    public string? Finetune { get; init; }

    public string? Basename { get; init; }

    public string? SizeLabel { get; init; }

    public string? Url { get; init; }

    public string? Doi { get; init; }

    public string? Uuid { get; init; }

    public string? RepositoryUrl { get; init; }

    /// <summary>Hub license ids: "apache-2.0", "other"; nearly always one.</summary>
    public IReadOnlyList<string> Licenses { get; init; } = [];

    /// <summary>The license's name where the id is "other".</summary>
    public string? LicenseName { get; init; }

    /// <summary>A URL, or a file of the folder.</summary>
    public string? LicenseLink { get; init; }

    /// <summary>The models this one was made from; null when the card has no such key.</summary>
    public IReadOnlyList<CardReference>? BaseModels { get; init; }

    /// <summary>How it was made from them: "adapter", "merge", "quantized" or "finetune"; null when the card does not say.</summary>
    public string? BaseModelRelation { get; init; }

    /// <summary>The data it was trained on; null when the card has no such key.</summary>
    public IReadOnlyList<CardReference>? Datasets { get; init; }

    /// <summary>Tags, the pipeline's tag last; null when the card has neither.</summary>
    public IReadOnlyList<string>? Tags { get; init; }

    /// <summary>Language codes; null when the card has no such key.</summary>
    public IReadOnlyList<string>? Languages { get; init; }

    /// <summary>What was passed over, one sentence each: a list where a text was expected, an alias, broken YAML.</summary>
    public IReadOnlyList<string> Notes { get; init; } = [];
}
