namespace ModelPack.Models.Tokenizers;

/// <summary>A model's tokens and everything a runtime needs to find them in text.</summary>
/// <param name="Model">The algorithm.</param>
/// <param name="PreTokenizer">llama.cpp's name of the rules that split text first: "llama-bpe"; "default" for sentencepiece.</param>
/// <param name="Tokens">By id.</param>
/// <param name="Merges">BPE: "left right" by rank; a space within a part is spelled U+0120. Else empty.</param>
public sealed record Vocabulary(
    VocabularyModel Model,
    string PreTokenizer,
    IReadOnlyList<VocabularyToken> Tokens,
    IReadOnlyList<string> Merges)
{
    /// <summary>Ids with a role, at most one a role, in the order in which llama.cpp's converter writes them.</summary>
    public IReadOnlyList<SpecialToken> SpecialTokens { get; init; } = [];

    /// <summary>Tokens that the folder says are, or are not, added to every text; in writing order.</summary>
    public IReadOnlyList<AutomaticToken> AutomaticTokens { get; init; } = [];

    /// <summary>In writing order; empty where the folder has none.</summary>
    public IReadOnlyList<ChatTemplate> ChatTemplates { get; init; } = [];

    /// <summary>tokenizer_config.json's add_prefix_space; llama.cpp's converter heeds it for the Llama family only.</summary>
    public bool? AddSpacePrefix { get; init; }

    /// <summary>Whether the normalizer lowers the case of all text.</summary>
    public bool Lowercase { get; init; }

    /// <summary>Number of tokens, padding included.</summary>
    public int Size => Tokens.Count;

    /// <summary>Whether BOS is added to every text; null where the folder does not say.</summary>
    public bool? AddBos => Adds(SpecialTokenRole.Bos);

    /// <summary>Whether EOS is added to every text; null where the folder does not say.</summary>
    public bool? AddEos => Adds(SpecialTokenRole.Eos);

    /// <summary>Whether SEP is put between texts; null where the folder does not say.</summary>
    public bool? AddSep => Adds(SpecialTokenRole.Sep);

    /// <summary>The template a runtime uses by default; null where there is none.</summary>
    public string? ChatTemplate => ChatTemplates.LastOrDefault(static t => t.Name == "default")?.Text;

    /// <summary>Id of the token with this role; null where there is none.</summary>
    public int? IdOf(SpecialTokenRole role)
    {
        foreach (SpecialToken token in SpecialTokens)
        {
            if (token.Role == role)
            {
                return token.Id;
            }
        }

        return null;
    }

    private bool? Adds(SpecialTokenRole role)
    {
        foreach (AutomaticToken token in AutomaticTokens)
        {
            if (token.Role == role)
            {
                return token.Added;
            }
        }

        return null;
    }
}
