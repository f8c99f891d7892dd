using System.Text.Json;

namespace ModelPack.Models.Tokenizers;

/// <summary>Finds the ids of special tokens and which of them are added to every text.</summary>
/// <remarks>
/// Files in order of weight: tokenizer_config.json names tokens whose ids tokenizer.json's added_tokens give, then
/// config.json gives ids itself. The post-processor of tokenizer.json says what is added unless tokenizer_config.json does.
/// Source: SpecialVocab in gguf-py, whose order of keys this keeps.
/// </remarks>
internal sealed class SpecialTokenFinder
{
    private readonly JsonFile? _tokenizer;
    private readonly JsonFile? _settings;
    private readonly Dictionary<SpecialTokenRole, TokenName> _names = [];
    private readonly Dictionary<string, JsonElement> _added = [];
    private readonly List<SpecialToken> _tokens = [];
    private readonly List<AutomaticToken> _automatic = [];
    private readonly int? _limit;

    private readonly List<SpecialTokenRole> _roles =
    [
        SpecialTokenRole.Bos,
        SpecialTokenRole.Eos,
        SpecialTokenRole.Unk,
        SpecialTokenRole.Sep,
        SpecialTokenRole.Pad,
        SpecialTokenRole.Cls,
        SpecialTokenRole.Mask,
    ];

    private SpecialTokenFinder(JsonFile? tokenizer, JsonFile? settings, int? limit) =>
        (_tokenizer, _settings, _limit) = (tokenizer, settings, limit);

    /// <summary>Finds them.</summary>
    /// <param name="tokenizer">tokenizer.json, if the folder has one.</param>
    /// <param name="settings">tokenizer_config.json, if the folder has one.</param>
    /// <param name="config">config.json, if the folder has one.</param>
    /// <param name="limit">Ids at or above it are left out; null to keep all, as the converter does for BPE.</param>
    public static (IReadOnlyList<SpecialToken> Tokens, IReadOnlyList<AutomaticToken> Automatic) Find(
        JsonFile? tokenizer, JsonFile? settings, JsonFile? config, int? limit)
    {
        if (settings is not null && !settings.Root.EnumerateObject().Any())
        {
            settings = null;
        }

        SpecialTokenFinder finder = new(tokenizer, settings, limit);
        finder.ReadTokenizer();
        finder.ReadSettings();
        finder.ReadConfig(config);
        return (finder._tokens, finder._automatic);
    }

    private void ReadTokenizer()
    {
        foreach (SpecialTokenRole role in Enum.GetValues<SpecialTokenRole>())
        {
            _names[role] = TokenName.Read(_settings, KeyOf(role));
        }

        if (_tokenizer is null)
        {
            return;
        }

        foreach ((_, string text, JsonElement token) in AddedTokens.Listed(_tokenizer, int.MaxValue))
        {
            _added.TryAdd(text, token);
        }

        TemplateReader template = new(_tokenizer, _settings is not null, _names);
        template.Read();
        _automatic.AddRange(template.Automatic);
        _roles.AddRange(template.Displaced);
    }

    private void ReadSettings()
    {
        if (_settings is null)
        {
            return;
        }

        foreach (SpecialTokenRole role in _roles)
        {
            if (role is SpecialTokenRole.Bos or SpecialTokenRole.Eos or SpecialTokenRole.Sep
                && JsonFile.Flag(_settings.Root, "add_" + KeyOf(role)) is { } added)
            {
                TemplateReader.Set(_automatic, role, added);
            }

            if (_names[role].Content is { } text && _added.TryGetValue(text, out JsonElement token))
            {
                Put(role, _tokenizer!, token.GetProperty("id"), $"added_tokens[{TokenizerFaults.Quote(text)}].id");
            }
        }
    }

    private void ReadConfig(JsonFile? config)
    {
        if (config is null)
        {
            return;
        }

        foreach (SpecialTokenRole role in _roles)
        {
            string key = KeyOf(role) + "_id";
            JsonElement? id = JsonFile.Member(config.Root, key)
                ?? (JsonFile.Member(config.Root, "text_config") is { } text ? JsonFile.Member(text, key) : null);
            // A list of ids is for generation; -1 is how some say "none".
            if (id is { ValueKind: JsonValueKind.Number } number && number.GetRawText() != "-1"
                && !number.GetRawText().AsSpan().ContainsAny('.', 'e', 'E'))
            {
                Put(role, config, number, key);
            }
        }
    }

    private void Put(SpecialTokenRole role, JsonFile file, JsonElement element, string place)
    {
        int id = file.Id(element, place, int.MaxValue);
        if (id < (_limit ?? int.MaxValue) && !_tokens.Exists(t => t.Role == role))
        {
            _tokens.Add(new SpecialToken(role, id));
        }
    }

    private static string KeyOf(SpecialTokenRole role) => role switch
    {
        SpecialTokenRole.Bos => "bos_token",
        SpecialTokenRole.Eos => "eos_token",
        SpecialTokenRole.Unk => "unk_token",
        SpecialTokenRole.Sep => "sep_token",
        SpecialTokenRole.Pad => "pad_token",
        SpecialTokenRole.Cls => "cls_token",
        SpecialTokenRole.Mask => "mask_token",
        SpecialTokenRole.Eot => "eot_token",
        _ => "eom_token",
    };
}
