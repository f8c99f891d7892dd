using System.Text.Json;

namespace ModelPack.Models.Tokenizers;

/// <summary>Reads the tokenizer of a hub folder. Nothing in the folder is ever executed.</summary>
/// <remarks>
/// tokenizer.model (sentencepiece) counts before tokenizer.json, and that before tiktoken.model: the order in which
/// llama.cpp's converter tries them.
/// </remarks>
public static class VocabularyReader
{
    /// <summary>No vocabulary is larger.</summary>
    public const int MaxTokens = 4 << 20;

    private const long MaxConfigBytes = 16 << 20;

    /// <summary>Reads the vocabulary.</summary>
    /// <param name="folder">Model folder.</param>
    /// <param name="vocabularySize">vocab_size of config.json: ids that no file names become padding.</param>
    /// <param name="options">What the user said.</param>
    /// <exception cref="InvalidCheckpointException">No tokenizer, a broken file, or more tokens than the model has.</exception>
    /// <exception cref="UnsupportedModelException">A tokenizer that is no BPE, or whose pre-tokenizer is unknown.</exception>
    /// <exception cref="ModelPackException">The user's pre-tokenizer name is unknown.</exception>
    public static Vocabulary Read(string folder, int vocabularySize, VocabularyOptions options)
    {
        if (vocabularySize is < 1 or > MaxTokens)
        {
            throw TokenizerFaults.TooManyTokens("config.json: vocab_size", vocabularySize, MaxTokens);
        }

        if (options.PreTokenizer is { } name && !PreTokenizers.Names.Contains(name))
        {
            throw TokenizerFaults.UnknownName(name);
        }

        using JsonFile? json = TokenizerJson.TryOpen(folder);
        using TokenizerSettings settings = TokenizerSettings.Open(folder);
        using JsonFile? config = JsonFile.TryOpen(folder, "config.json", MaxConfigBytes);
        Vocabulary vocabulary = ReadTokens(folder, json, settings, vocabularySize, options.PreTokenizer);
        RefuseRepeats(vocabulary.Tokens);
        int? limit = vocabulary.Model == VocabularyModel.SentencePiece ? vocabulary.Size : null;
        (IReadOnlyList<SpecialToken> special, IReadOnlyList<AutomaticToken> automatic) =
            SpecialTokenFinder.Find(json, settings.File, config, limit);
        return vocabulary with
        {
            SpecialTokens = special,
            AutomaticTokens = automatic,
            ChatTemplates = ChatTemplates.Read(folder, settings.File),
            AddSpacePrefix = settings.File is { } file ? JsonFile.Flag(file.Root, "add_prefix_space") : null,
            Lowercase = json is not null && JsonFile.Member(json.Root, "normalizer") is { } normalizer && Lowers(json, normalizer),
        };
    }

    private static Vocabulary ReadTokens(
        string folder, JsonFile? json, TokenizerSettings settings, int size, string? preTokenizer)
    {
        if (SentencePieceModel.TryOpen(folder) is { } model)
        {
            return SentencePieceVocabulary.Read(folder, model, settings, size);
        }

        if (json is not null)
        {
            TokenizerJson tokenizer = new(json);
            return tokenizer.IsSentencePiece
                ? SentencePieceVocabulary.ReadJson(tokenizer, settings, size)
                : BytePairVocabulary.Read(tokenizer, settings, size, preTokenizer);
        }

        return TiktokenVocabulary.TryRead(folder, settings, size, preTokenizer) ?? throw TokenizerFaults.NoFiles(folder);
    }

    /// <summary>llama.cpp refuses to load a vocabulary that spells two tokens alike.</summary>
    private static void RefuseRepeats(IReadOnlyList<VocabularyToken> tokens)
    {
        Dictionary<string, int> ids = new(tokens.Count);
        for (int id = 0; id < tokens.Count; id++)
        {
            if (!ids.TryAdd(tokens[id].Text, id))
            {
                throw TokenizerFaults.TwoIdsOneText("tokenizer", tokens[id].Text, ids[tokens[id].Text], id);
            }
        }
    }

    private static bool Lowers(JsonFile file, JsonElement normalizer) => file.TypeOf(normalizer, "normalizer") switch
    {
        "Lowercase" => true,
        "BertNormalizer" => JsonFile.Flag(normalizer, "lowercase") ?? true,
        "Sequence" => JsonFile.Member(normalizer, "normalizers") is { ValueKind: JsonValueKind.Array } list
            && list.EnumerateArray().Any(n => Lowers(file, n)),
        _ => false,
    };
}
