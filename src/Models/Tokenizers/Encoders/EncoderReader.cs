using System.Text.Json;

namespace ModelPack.Models.Tokenizers.Encoders;

/// <summary>Opens the tokenizer of a hub folder, in <see cref="VocabularyReader"/>'s order: tokenizer.model, tokenizer.json, tiktoken.model.</summary>
internal static class EncoderReader
{
    private const long MaxConfigBytes = 16 << 20;

    /// <summary>Reads it.</summary>
    public static EncoderCore Read(string folder)
    {
        int? size = SizeOf(folder);
        if (SentencePieceModel.TryOpen(folder) is { } model)
        {
            PieceNormalizer.Check(model);
            return RuntimeEncoder.Create(
                SentencePieceModel.FileName, VocabularyReader.Read(folder, size ?? throw EncoderFaults.NoSize(folder), new VocabularyOptions()));
        }

        using JsonFile? json = TokenizerJson.TryOpen(folder);
        if (json is not null)
        {
            using TokenizerSettings settings = TokenizerSettings.Open(folder);
            using JsonFile? config = JsonFile.TryOpen(folder, "config.json", MaxConfigBytes);
            return HubEncoderReader.Read(new TokenizerJson(json), settings, config, size ?? VocabularyReader.MaxTokens);
        }

        if (!File.Exists(Path.Combine(folder, TiktokenVocabulary.FileName)))
        {
            throw TokenizerFaults.NoFiles(folder);
        }

        return RuntimeEncoder.Create(
            TiktokenVocabulary.FileName, VocabularyReader.Read(folder, size ?? throw EncoderFaults.NoSize(folder), new VocabularyOptions()),
            ofModel: true);
    }

    /// <summary>vocab_size of config.json, which may stand in text_config; null when there is none.</summary>
    private static int? SizeOf(string folder)
    {
        using JsonFile? config = JsonFile.TryOpen(folder, "config.json", MaxConfigBytes);
        if (config is null)
        {
            return null;
        }

        JsonElement? size = JsonFile.Member(config.Root, "vocab_size")
            ?? (JsonFile.Member(config.Root, "text_config") is { } text ? JsonFile.Member(text, "vocab_size") : null);
        return size is { } number ? config.Id(number, "vocab_size", VocabularyReader.MaxTokens + 1) : null;
    }
}
