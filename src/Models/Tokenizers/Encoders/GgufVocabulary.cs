using ModelPack.Models.Gguf;

namespace ModelPack.Models.Tokenizers.Encoders;

/// <summary>Reads a vocabulary back from GGUF metadata.</summary>
/// <remarks>Source: llama_vocab::impl::load in llama.cpp. Chat templates are read too, as <see cref="VocabularyMetadata"/> writes them.</remarks>
internal static class GgufVocabulary
{
    private const string Prefix = "tokenizer.ggml.";

    private const string Template = "tokenizer.chat_template";

    private static readonly (SpecialTokenRole Role, string Key)[] Roles =
    [
        (SpecialTokenRole.Bos, "bos"),
        (SpecialTokenRole.Eos, "eos"),
        (SpecialTokenRole.Unk, "unknown"),
        (SpecialTokenRole.Sep, "seperator"),
        (SpecialTokenRole.Pad, "padding"),
        (SpecialTokenRole.Cls, "cls"),
        (SpecialTokenRole.Mask, "mask"),
        (SpecialTokenRole.Eot, "eot"),
        (SpecialTokenRole.Eom, "eom"),
    ];

    /// <summary>Reads it.</summary>
    /// <exception cref="InvalidCheckpointException">A key is missing or of the wrong type or length.</exception>
    /// <exception cref="UnsupportedModelException">The algorithm is neither BPE nor sentencepiece's BPE.</exception>
    public static Vocabulary Read(string file, GgufMetadata metadata)
    {
        string name = Require(file, metadata, "model", static v => v.AsString());
        VocabularyModel model = name switch
        {
            "gpt2" => VocabularyModel.Bpe,
            "llama" => VocabularyModel.SentencePiece,
            _ => throw EncoderFaults.Unsupported(file, Prefix + "model", $"a tokenizer of type {TokenizerFaults.Quote(name)}"),
        };
        bool pairs = model == VocabularyModel.Bpe;
        string rules = pairs ? Require(file, metadata, "pre", static v => v.AsString()) : PreTokenizers.Default;
        return new Vocabulary(
            model, rules, Tokens(file, metadata), pairs ? Require(file, metadata, "merges", static v => v.AsStrings()) : [])
        {
            SpecialTokens = [.. Special(file, metadata)],
            AutomaticTokens = [.. Automatic(file, metadata)],
            AddSpacePrefix = Flag(file, metadata, "add_space_prefix"),
            ChatTemplates = metadata.TryGet(Template, out GgufValue? template) && template.Value is string text
                ? [new ChatTemplate("default", text)]
                : [],
        };
    }

    private static VocabularyToken[] Tokens(string file, GgufMetadata metadata)
    {
        IReadOnlyList<string> texts = Require(file, metadata, "tokens", static v => v.AsStrings());
        if (texts.Count > VocabularyReader.MaxTokens)
        {
            throw TokenizerFaults.TooManyTokens($"{file}: {Prefix}tokens", texts.Count, VocabularyReader.MaxTokens);
        }

        float[]? scores = Array<float>(file, metadata, "scores", texts.Count);
        int[]? kinds = Array<int>(file, metadata, "token_type", texts.Count);
        VocabularyToken[] tokens = new VocabularyToken[texts.Count];
        for (int id = 0; id < tokens.Length; id++)
        {
            TokenKind kind = kinds is null ? TokenKind.Normal : kinds[id] is >= 1 and <= 6 ? (TokenKind)kinds[id] : TokenKind.Unused;
            tokens[id] = new VocabularyToken(texts[id].Length > 0 ? texts[id] : $"[EMPTY_{id}]", scores?[id] ?? 0, kind);
        }

        return tokens;
    }

    private static IEnumerable<SpecialToken> Special(string file, GgufMetadata metadata)
    {
        foreach ((SpecialTokenRole role, string key) in Roles)
        {
            if (Find(file, metadata, $"{key}_token_id", static v => (long?)v.AsInteger()) is { } id && id is >= 0 and < VocabularyReader.MaxTokens)
            {
                yield return new SpecialToken(role, (int)id);
            }
        }
    }

    private static IEnumerable<AutomaticToken> Automatic(string file, GgufMetadata metadata)
    {
        foreach ((SpecialTokenRole role, string key) in Roles.Take(2))
        {
            if (Flag(file, metadata, $"add_{key}_token") is { } added)
            {
                yield return new AutomaticToken(role, added);
            }
        }
    }

    private static bool? Flag(string file, GgufMetadata metadata, string key) =>
        Find(file, metadata, key, static v => (bool?)(v.Value as bool? ?? throw new InvalidCheckpointException("a value that is not true or false")));

    private static T[]? Array<T>(string file, GgufMetadata metadata, string key, int count)
    {
        T[]? values = Find(file, metadata, key, static v =>
            v.Value as T[] ?? throw new InvalidCheckpointException($"a value of type {v.Type} where an array of {typeof(T).Name} was expected"));
        return values is null || values.Length == count ? values : throw EncoderFaults.WrongLength(file, Prefix + key, values.Length, count);
    }

    private static T Require<T>(string file, GgufMetadata metadata, string key, Func<GgufValue, T> read)
        where T : class =>
        Find(file, metadata, key, read) ?? throw EncoderFaults.MissingKey(file, Prefix + key);

    private static T? Find<T>(string file, GgufMetadata metadata, string key, Func<GgufValue, T> read)
    {
        if (!metadata.TryGet(Prefix + key, out GgufValue? value))
        {
            return default;
        }

        try
        {
            return read(value);
        }
        catch (InvalidCheckpointException error)
        {
            throw new InvalidCheckpointException($"{file}: {Prefix}{key}: {error.Message}", error);
        }
    }
}
