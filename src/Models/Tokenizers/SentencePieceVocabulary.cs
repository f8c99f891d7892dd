using System.Text.Json;

namespace ModelPack.Models.Tokenizers;

/// <summary>Sentencepiece vocabularies: Llama 2, Mistral, Mixtral.</summary>
/// <remarks>Source: _create_vocab_sentencepiece in llama.cpp's converter, and LlamaHfVocab in gguf-py.</remarks>
internal static class SentencePieceVocabulary
{
    private const float PaddingScore = -10000;

    private const float AddedScore = -1000;

    private const string AddedTokensFile = "added_tokens.json";

    private const long MaxAddedBytes = 64 << 20;

    private static readonly string[] LlamaSpecials = ["<s>", "</s>", "<unk>"];

    /// <summary>Reads tokenizer.model, then what added_tokens.json and tokenizer_config.json put over it.</summary>
    /// <param name="folder">Model folder.</param>
    /// <param name="model">Bytes of tokenizer.model.</param>
    /// <param name="settings">tokenizer_config.json.</param>
    /// <param name="size">The model's vocabulary size; what is beyond it is left out.</param>
    public static Vocabulary Read(string folder, byte[] model, TokenizerSettings settings, int size)
    {
        VocabularyToken[] tokens = Padding(size);
        List<VocabularyToken> pieces = SentencePieceModel.Read(model);
        for (int id = 0; id < Math.Min(size, pieces.Count); id++)
        {
            VocabularyToken piece = pieces[id];
            tokens[id] = piece.Kind == TokenKind.UserDefined ? piece with { Kind = TokenKind.Normal } : piece;
        }

        using JsonFile? added = JsonFile.TryOpen(folder, AddedTokensFile, MaxAddedBytes);
        foreach (JsonProperty token in added is null ? default : added.Root.EnumerateObject())
        {
            string text = added!.NameOf(token, "a token");
            int id = added.Id(token.Value, TokenizerFaults.Quote(text), int.MaxValue);
            if (id < size)
            {
                tokens[id] = new VocabularyToken(text, AddedScore, TokenKind.UserDefined);
            }
        }

        foreach ((int id, string text, JsonElement token) in settings.Decoder(size, ignoreBeyond: true))
        {
            tokens[id] = Added(text, JsonFile.IsTrue(token, "special"));
        }

        return new Vocabulary(VocabularyModel.SentencePiece, PreTokenizers.Default, tokens, []);
    }

    /// <summary>Reads a tokenizer.json that holds a sentencepiece vocabulary. It has no scores: all are -1000, as the converter's.</summary>
    public static Vocabulary ReadJson(TokenizerJson tokenizer, TokenizerSettings settings, int size)
    {
        (Dictionary<string, int> ids, string?[] texts) = tokenizer.Vocabulary(size);
        AddedTokens added = AddedTokens.Read(tokenizer.File, settings, ids, texts);
        HashSet<string> specials = [.. settings.SpecialTexts];
        if (settings.File is null || settings.SpecialTexts.Count == 0)
        {
            // LlamaTokenizer's own, which its files need not repeat.
            specials.UnionWith(LlamaSpecials);
        }

        VocabularyToken[] tokens = Padding(size);
        foreach ((string text, int id) in ids)
        {
            TokenKind kind = IsByte(text) ? TokenKind.Byte : specials.Contains(text) ? TokenKind.Control : TokenKind.Normal;
            tokens[id] = new VocabularyToken(text, AddedScore, kind);
        }

        foreach (AddedToken token in added.All.Where(t => !ids.ContainsKey(t.Text)))
        {
            TokenKind kind = specials.Contains(token.Text) ? TokenKind.Control : TokenKind.UserDefined;
            tokens[token.Id] = new VocabularyToken(token.Text, AddedScore, kind);
        }

        return new Vocabulary(VocabularyModel.SentencePiece, PreTokenizers.Default, tokens, []);
    }

    private static VocabularyToken Added(string text, bool special) =>
        special || AddedToken.LooksSpecial(text)
            ? new VocabularyToken(text, AddedScore, TokenKind.Control)
            : new VocabularyToken(text.Replace('▁', ' '), AddedScore, TokenKind.UserDefined);

    private static VocabularyToken[] Padding(int size)
    {
        VocabularyToken[] tokens = new VocabularyToken[size];
        for (int id = 0; id < size; id++)
        {
            tokens[id] = new VocabularyToken($"[PAD{id}]", PaddingScore, TokenKind.Unused);
        }

        return tokens;
    }

    private static bool IsByte(string text) =>
        text.Length == 6 && text.StartsWith("<0x", StringComparison.Ordinal) && text[5] == '>'
        && char.IsAsciiHexDigit(text[3]) && char.IsAsciiHexDigit(text[4]);
}
