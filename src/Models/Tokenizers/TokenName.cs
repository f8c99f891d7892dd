using System.Text.Json;

namespace ModelPack.Models.Tokenizers;

/// <summary>How tokenizer_config.json names a special token: as a string, or as an object with "content".</summary>
/// <param name="Text">The name where it is a plain string. gguf-py compares templates with these only.</param>
/// <param name="Content">The token's text in both forms; null where there is none.</param>
internal readonly record struct TokenName(string? Text, string? Content)
{
    /// <summary>Whether a token is named.</summary>
    public bool IsSet => Content is not null && Text is not "";

    /// <summary>A plain name.</summary>
    public static TokenName Of(string? text) => new(text, text);

    /// <summary>Reads a member of tokenizer_config.json.</summary>
    public static TokenName Read(JsonFile? settings, string key)
    {
        JsonElement? value = settings is null ? null : JsonFile.Member(settings.Root, key);
        return value?.ValueKind switch
        {
            JsonValueKind.String => Of(settings!.Text(value.Value, key)),
            JsonValueKind.Object => new TokenName(null, TokenizerSettings.TextOf(settings!, value, key)),
            _ => default,
        };
    }
}
