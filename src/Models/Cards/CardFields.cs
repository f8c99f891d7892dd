namespace ModelPack.Models.Cards;

/// <summary>The keys of a card, each taken as what it should be, with a note where it is something else.</summary>
/// <param name="map">The front matter.</param>
internal sealed class CardFields(CardNode.Map map)
{
    private readonly List<string> _notes = [];

    /// <summary>What was passed over so far.</summary>
    public IReadOnlyList<string> Notes => _notes;

    /// <summary>The first of these keys that has a text.</summary>
    public string? Text(params ReadOnlySpan<string> keys)
    {
        foreach (string key in keys)
        {
            switch (Find(key))
            {
                case null:
                    break;
                case CardNode.Text text:
                    return text.Value;
                case { } other:
                    Note(key, other, "a text");
                    break;
            }
        }

        return null;
    }

    /// <summary>The key's texts, whether it holds one or a list; null when it is absent.</summary>
    public IReadOnlyList<string>? Texts(string key)
    {
        switch (Find(key))
        {
            case null:
                return null;
            case CardNode.Text text:
                return [text.Value!];
            case CardNode.List list:
                if (list.Items.FirstOrDefault(static i => i is not CardNode.Text) is { } odd)
                {
                    Note(key, odd, "texts only");
                }

                return [.. list.Items.OfType<CardNode.Text>().Select(static t => t.Value).OfType<string>()];
            case { } other:
                Note(key, other, "a text or a list of texts");
                return null;
        }
    }

    /// <summary>Models or datasets under the first of these keys that is there: ids, URLs or mappings.</summary>
    public IReadOnlyList<CardReference>? References(params ReadOnlySpan<string> keys)
    {
        foreach (string key in keys)
        {
            if (Find(key) is { } node)
            {
                IReadOnlyList<CardNode> items = node is CardNode.List list ? list.Items : [node];
                return [.. items.Select(i => Reference(key, i)).OfType<CardReference>()];
            }
        }

        return null;
    }

    private static string? Entry(CardNode.Map entries, string key) =>
        entries.Entries.TryGetValue(key, out CardNode? value) && value is CardNode.Text text ? text.Value : null;

    private CardReference? Reference(string key, CardNode node)
    {
        switch (node)
        {
            case CardNode.Text { Value: { } id }:
                return new() { Id = id };
            case CardNode.Map entries:
                return new()
                {
                    Name = Entry(entries, "name"),
                    Author = Entry(entries, "author"),
                    Version = Entry(entries, "version"),
                    Organization = Entry(entries, "organization"),
                    Description = Entry(entries, "description"),
                    Url = Entry(entries, "url"),
                    Doi = Entry(entries, "doi"),
                    Uuid = Entry(entries, "uuid"),
                    RepositoryUrl = Entry(entries, "repo_url"),
                };
            default:
                Note(key, node, "a hub id, a URL or a mapping");
                return null;
        }
    }

    private CardNode? Find(string key) =>
        map.Entries.TryGetValue(key, out CardNode? node) && node is not CardNode.Text { Value: null } ? node : null;

    private void Note(string key, CardNode found, string expected) =>
        _notes.Add($"README.md: {key}: {Spell(found)} where {expected} was expected");

    private static string Spell(CardNode node) => node switch
    {
        CardNode.List => "a list",
        CardNode.Map => "a mapping",
        CardNode.Refused refused => refused.Reason,
        _ => "nothing",
    };
}
