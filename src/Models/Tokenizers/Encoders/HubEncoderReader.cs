using System.Text.Json;

namespace ModelPack.Models.Tokenizers.Encoders;

/// <summary>Builds an encoder from tokenizer.json.</summary>
internal static class HubEncoderReader
{
    private const int MaxSpelling = 1000;

    /// <summary>Reads it.</summary>
    /// <param name="tokenizer">tokenizer.json.</param>
    /// <param name="settings">tokenizer_config.json and its companions.</param>
    /// <param name="config">config.json, if the folder has one.</param>
    /// <param name="size">No id is as high.</param>
    public static EncoderCore Read(TokenizerJson tokenizer, TokenizerSettings settings, JsonFile? config, int size)
    {
        (Dictionary<string, int> ids, string?[] texts) = tokenizer.Vocabulary(size);
        int known = Array.FindLastIndex(texts, static t => t is not null) + 1;
        AddedTokens added = AddedTokens.Read(tokenizer.File, settings, ids, texts);
        Dictionary<string, JsonElement> flags = Flags(tokenizer.File, settings, size);
        HubToken[] tokens = [.. added.All.OrderBy(static t => t.Id).Select(t => Describe(tokenizer.File, t, flags))];
        int used = Math.Max(known, Array.FindLastIndex(texts, static t => t is not null) + 1);
        BytePairModel? model = null;
        PieceStep steps = HubStepsReader.Read(tokenizer.File, spelling => new WordStep(model = Model(tokenizer, ids, used, spelling)));
        (IReadOnlyList<SpecialToken> special, _) = SpecialTokenFinder.Find(tokenizer.File, settings.File, config, null);
        int? bos = IdOf(special, SpecialTokenRole.Bos, used);
        int? eos = IdOf(special, SpecialTokenRole.Eos, used);
        (List<int> before, List<int> after) = HubTemplate.Read(tokenizer.File, ids, tokens);
        HubTemplate.Settle(before, bos, settings.File is { } b ? JsonFile.Flag(b.Root, "add_bos_token") : null, first: true);
        HubTemplate.Settle(after, eos, settings.File is { } e ? JsonFile.Flag(e.Root, "add_eos_token") : null, first: false);
        return new HubEncoder(tokens, HubNormalizer.Read(tokenizer.File), steps)
        {
            Before = before,
            After = after,
            BeginOfSequence = bos,
            EndOfSequence = eos,
            Spellings = new TokenSpellings(
                texts[..used], tokens.Select(static t => t.Id).ToHashSet(), model!.Spelling != WordSpelling.Characters),
        };
    }

    private static int? IdOf(IReadOnlyList<SpecialToken> special, SpecialTokenRole role, int size)
    {
        foreach (SpecialToken token in special)
        {
            if (token.Role == role && token.Id < size)
            {
                return token.Id;
            }
        }

        return null;
    }

    /// <summary>Objects that say more of an added token, by its text; tokenizer_config.json counts before tokenizer.json.</summary>
    private static Dictionary<string, JsonElement> Flags(JsonFile file, TokenizerSettings settings, int size)
    {
        Dictionary<string, JsonElement> flags = [];
        foreach ((_, string text, JsonElement token) in AddedTokens.Listed(file, size))
        {
            flags[text] = token;
        }

        foreach ((_, string text, JsonElement token) in settings.Decoder(size, ignoreBeyond: true))
        {
            flags[text] = token;
        }

        return flags;
    }

    private static HubToken Describe(JsonFile file, AddedToken token, Dictionary<string, JsonElement> flags)
    {
        if (token.Text.Length > MaxSpelling)
        {
            throw EncoderFaults.Unsupported(file.Name, $"added token {token.Id}", $"a spelling of more than {MaxSpelling} characters");
        }

        // What llama.cpp's converter takes for a control token is one here too: a GGUF file of the same folder reads text alike.
        bool special = token.Special || AddedToken.LooksSpecial(token.Text);
        return flags.TryGetValue(token.Text, out JsonElement more)
            ? new HubToken(token.Id, token.Text, special, token.Normalized,
                JsonFile.IsTrue(more, "lstrip"), JsonFile.IsTrue(more, "rstrip"), JsonFile.IsTrue(more, "single_word"))
            : new HubToken(token.Id, token.Text, special, token.Normalized, false, false, false);
    }

    private static BytePairModel Model(TokenizerJson tokenizer, Dictionary<string, int> ids, int size, WordSpelling spelling)
    {
        JsonElement model = tokenizer.Model;
        foreach (string affix in (ReadOnlySpan<string>)["continuing_subword_prefix", "end_of_word_suffix"])
        {
            if (JsonFile.Member(model, affix) is { } text && tokenizer.File.Text(text, "model." + affix).Length > 0)
            {
                throw EncoderFaults.Unsupported(tokenizer.File.Name, "model." + affix, text.GetRawText());
            }
        }

        if (JsonFile.Member(model, "dropout") is { ValueKind: JsonValueKind.Number } dropout && dropout.GetDouble() > 0)
        {
            throw EncoderFaults.Unsupported(tokenizer.File.Name, "model.dropout", dropout.GetRawText());
        }

        string? unknown = JsonFile.Member(model, "unk_token") is { } name ? tokenizer.File.Text(name, "model.unk_token") : null;
        BytePairSymbols symbols = new(ids, size);
        return new BytePairModel(tokenizer.File.Name, symbols, Merges(tokenizer, ids))
        {
            Spelling = spelling,
            IgnoresMerges = JsonFile.IsTrue(model, "ignore_merges"),
            FallsBackToBytes = JsonFile.IsTrue(model, "byte_fallback"),
            JoinsUnknown = JsonFile.IsTrue(model, "fuse_unk"),
            Unknown = unknown is null ? null
                : ids.TryGetValue(unknown, out int id) ? id
                : throw EncoderFaults.UnknownToken(tokenizer.File.Name, "model.unk_token", unknown),
        };
    }

    private static MergeTable Merges(TokenizerJson tokenizer, Dictionary<string, int> ids)
    {
        List<string> merges = tokenizer.Merges();
        MergeTable table = new(merges.Count);
        for (int rank = 0; rank < merges.Count; rank++)
        {
            string merge = merges[rank];
            int space = merge.IndexOf(' ', StringComparison.Ordinal);
            table.Add(Id(merge[..space]), Id(merge[(space + 1)..]), rank, Id(merge.Remove(space, 1)), replaces: true);

            int Id(string text) => ids.TryGetValue(text, out int id)
                ? id
                : throw EncoderFaults.UnknownToken(tokenizer.File.Name, $"model.merges[{rank}]", text);
        }

        return table;
    }
}
