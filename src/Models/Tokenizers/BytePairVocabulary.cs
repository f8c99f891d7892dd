namespace ModelPack.Models.Tokenizers;

/// <summary>Byte-level BPE from tokenizer.json: GPT-2, Llama 3, Qwen, DeepSeek, MiniMax.</summary>
/// <remarks>Source of texts and kinds: get_vocab_base in llama.cpp's converter.</remarks>
internal static class BytePairVocabulary
{
    // What clean_up_tokenization in Transformers takes out, in its order.
    private static readonly (string From, string To)[] CleanUps =
    [
        (" .", "."), (" ?", "?"), (" !", "!"), (" ,", ","), (" ' ", "'"),
        (" n't", "n't"), (" 'm", "'m"), (" 's", "'s"), (" 've", "'ve"), (" 're", "'re"),
    ];

    /// <summary>Reads the tokens and merges.</summary>
    /// <param name="tokenizer">tokenizer.json.</param>
    /// <param name="settings">tokenizer_config.json and its companions.</param>
    /// <param name="size">The model's vocabulary size.</param>
    /// <param name="preTokenizer">A name that the user gave, or null to derive it.</param>
    public static Vocabulary Read(TokenizerJson tokenizer, TokenizerSettings settings, int size, string? preTokenizer)
    {
        (Dictionary<string, int> ids, string?[] texts) = tokenizer.Vocabulary(size);
        AddedTokens added = AddedTokens.Read(tokenizer.File, settings, ids, texts);
        VocabularyToken[] tokens = new VocabularyToken[size];
        for (int id = 0; id < size; id++)
        {
            tokens[id] = texts[id] is { } text
                ? new VocabularyToken(text, 0, TokenKind.Normal)
                : new VocabularyToken($"[PAD{id}]", 0, TokenKind.Unused);
        }

        foreach (AddedToken token in added.All)
        {
            tokens[token.Id] = Describe(token, tokenizer, settings);
        }

        HashSet<string> markers = [.. added.All.Select(static t => t.Text)];
        preTokenizer ??= PreTokenizers.Detect(tokenizer.File, markers, settings.KeepsSpaces);
        return new Vocabulary(VocabularyModel.Bpe, preTokenizer, tokens, tokenizer.Merges());
    }

    /// <summary>llama.cpp looks added tokens up in text as it is, so those that are not normalized are spelled as they decode.</summary>
    private static VocabularyToken Describe(AddedToken token, TokenizerJson tokenizer, TokenizerSettings settings)
    {
        string text = token.Text;
        if (!token.Normalized)
        {
            text = tokenizer.DecodesBytes ? ByteAlphabet.Decode(text) : text;
            text = settings.CleansUpSpaces ? CleanUp(text) : text;
        }

        return token.Special || AddedToken.LooksSpecial(text)
            ? new VocabularyToken(text, 0, TokenKind.Control)
            : new VocabularyToken(text.Replace('▁', ' '), 0, TokenKind.UserDefined);
    }

    private static string CleanUp(string text)
    {
        foreach ((string from, string to) in CleanUps)
        {
            text = text.Replace(from, to, StringComparison.Ordinal);
        }

        return text;
    }
}
