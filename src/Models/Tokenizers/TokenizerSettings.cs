using System.Text.Json;

namespace ModelPack.Models.Tokenizers;

/// <summary>What the small files say about a tokenizer: tokenizer_config.json, special_tokens_map.json, added_tokens.json.</summary>
/// <remarks>Source of which file counts when: PreTrainedTokenizerBase in Transformers 4.57.</remarks>
internal sealed class TokenizerSettings : IDisposable
{
    private const long MaxBytes = 64 << 20;

    private static readonly string[] Roles =
        ["bos_token", "eos_token", "unk_token", "sep_token", "pad_token", "cls_token", "mask_token"];

    private static readonly string[] Lists = ["additional_special_tokens", "extra_special_tokens"];

    private readonly JsonFile? _map;
    private readonly JsonFile? _added;
    private readonly HashSet<string> _special;

    private TokenizerSettings(JsonFile? file, JsonFile? map, JsonFile? added)
    {
        (File, _map, _added) = (file, map, added);
        SpecialTexts = [.. FindSpecialTexts()];
        _special = [.. SpecialTexts];
    }

    /// <summary>tokenizer_config.json; null when absent.</summary>
    public JsonFile? File { get; }

    /// <summary>Texts of all tokens with a role, in the order of the roles, each once.</summary>
    public IReadOnlyList<string> SpecialTexts { get; }

    /// <summary>Whether decoding drops the spaces before punctuation.</summary>
    public bool CleansUpSpaces => File is not null && JsonFile.IsTrue(File.Root, "clean_up_tokenization_spaces");

    /// <summary>Whether the setting is there and "false".</summary>
    public bool KeepsSpaces => File is not null && JsonFile.Flag(File.Root, "clean_up_tokenization_spaces") == false;

    public static TokenizerSettings Open(string folder)
    {
        JsonFile? file = JsonFile.TryOpen(folder, "tokenizer_config.json", MaxBytes);
        bool modern = file is not null && JsonFile.Member(file.Root, "added_tokens_decoder") is not null;
        return modern
            ? new TokenizerSettings(file, null, null)
            : new TokenizerSettings(
                file,
                JsonFile.TryOpen(folder, "special_tokens_map.json", MaxBytes),
                JsonFile.TryOpen(folder, "added_tokens.json", MaxBytes));
    }

    /// <summary>Whether a token has a role.</summary>
    public bool IsSpecial(string text) => _special.Contains(text);

    /// <summary>Added tokens by id.</summary>
    /// <param name="limit">Size of the model's vocabulary.</param>
    /// <exception cref="InvalidCheckpointException">An id outside it, or a token without text.</exception>
    public IReadOnlyList<AddedToken> AddedTokens(int limit)
    {
        List<AddedToken> tokens = [];
        foreach ((int id, string text, JsonElement token) in Decoder(limit, ignoreBeyond: false))
        {
            bool special = JsonFile.IsTrue(token, "special") || IsSpecial(text);
            tokens.Add(new AddedToken(id, text, special, JsonFile.Flag(token, "normalized") ?? !special));
        }

        if (_added is not null)
        {
            foreach (JsonProperty token in _added.Root.EnumerateObject())
            {
                string text = _added.NameOf(token, "a token");
                bool special = IsSpecial(text);
                tokens.Add(new AddedToken(_added.Id(token.Value, TokenizerFaults.Quote(text), limit), text, special, !special));
            }
        }

        return [.. tokens.OrderBy(static t => t.Id)];
    }

    /// <summary>added_tokens_decoder in file order.</summary>
    /// <param name="limit">Size of the model's vocabulary.</param>
    /// <param name="ignoreBeyond">Leave ids at or above the limit out instead of refusing them.</param>
    public IEnumerable<(int Id, string Text, JsonElement Token)> Decoder(int limit, bool ignoreBeyond)
    {
        if (File is null || JsonFile.Member(File.Root, "added_tokens_decoder") is not { } decoder)
        {
            yield break;
        }

        File.Require(decoder, JsonValueKind.Object, "added_tokens_decoder", "an object");
        foreach (JsonProperty entry in decoder.EnumerateObject())
        {
            string place = "added_tokens_decoder." + File.NameOf(entry, "added_tokens_decoder");
            int id = File.Id(entry.Name, place, ignoreBeyond ? int.MaxValue : limit);
            if (id < limit)
            {
                File.Require(entry.Value, JsonValueKind.Object, place, "an object");
                JsonElement content = JsonFile.Member(entry.Value, "content") ?? entry.Value;
                yield return (id, File.Text(content, place + ".content"), entry.Value);
            }
        }
    }

    /// <summary>The text of a token that is given as a string or as an object with "content"; null for anything else.</summary>
    public static string? TextOf(JsonFile file, JsonElement? token, string place) =>
        token?.ValueKind == JsonValueKind.Object ? TextOf(file, JsonFile.Member(token.Value, "content"), place)
        : token?.ValueKind == JsonValueKind.String ? file.Text(token.Value, place)
        : null;

    public void Dispose()
    {
        File?.Dispose();
        _map?.Dispose();
        _added?.Dispose();
    }

    private IEnumerable<string> FindSpecialTexts()
    {
        HashSet<string> seen = [];
        foreach (string role in Roles)
        {
            if ((Find(File, role) ?? Find(_map, role)) is { Length: > 0 } text && seen.Add(text))
            {
                yield return text;
            }
        }

        foreach (string list in Lists)
        {
            foreach (string text in FindAll(File, list).Concat(FindAll(_map, list)).Where(seen.Add))
            {
                yield return text;
            }
        }
    }

    private static string? Find(JsonFile? file, string name) =>
        file is null ? null : TextOf(file, JsonFile.Member(file.Root, name), name);

    private static IEnumerable<string> FindAll(JsonFile? file, string name)
    {
        JsonElement? list = file is null ? null : JsonFile.Member(file.Root, name);
        IEnumerable<JsonElement> tokens = list?.ValueKind switch
        {
            JsonValueKind.Array => list.Value.EnumerateArray(),
            JsonValueKind.Object => list.Value.EnumerateObject().Select(static p => p.Value),
            _ => [],
        };
        return tokens.Select(t => TextOf(file!, t, name)).OfType<string>().Where(static t => t.Length > 0);
    }
}
