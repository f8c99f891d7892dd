using System.Text.Json;

namespace ModelPack.Models.Tokenizers;

/// <summary>Finds a folder's chat templates. They are text to this tool, whatever they would do when run.</summary>
/// <remarks>
/// tokenizer_config.json's chat_template counts before chat_template.jinja (with additional_chat_templates/*.jinja), and
/// that before chat_template.json. Without tokenizer_config.json there are none. Source: SpecialVocab in gguf-py.
/// </remarks>
internal static class ChatTemplates
{
    private const string Default = "default";

    private const string JinjaFile = "chat_template.jinja";

    private const string Extra = "additional_chat_templates";

    private const long MaxBytes = 16 << 20;

    private const int MaxTemplates = 1000;

    /// <summary>Reads them.</summary>
    /// <exception cref="InvalidCheckpointException">A template that is no text.</exception>
    public static IReadOnlyList<ChatTemplate> Read(string folder, JsonFile? settings)
    {
        if (settings is null || !settings.Root.EnumerateObject().Any())
        {
            return [];
        }

        if (settings.Root.TryGetProperty("chat_template", out JsonElement given))
        {
            return FromJson(settings, given);
        }

        if (TokenizerFile.TryReadText(folder, JinjaFile, MaxBytes) is { } jinja)
        {
            return [new ChatTemplate(Default, jinja), .. Additional(folder)];
        }

        using JsonFile? json = JsonFile.TryOpen(folder, "chat_template.json", MaxBytes);
        return json is not null && json.Root.TryGetProperty("chat_template", out given) ? FromJson(json, given) : [];
    }

    private static ChatTemplate[] FromJson(JsonFile file, JsonElement given) => given.ValueKind switch
    {
        JsonValueKind.String => [new ChatTemplate(Default, file.Text(given, "chat_template"))],
        JsonValueKind.Array => [.. Named(file, given)],
        _ => [],
    };

    private static IEnumerable<ChatTemplate> Named(JsonFile file, JsonElement list)
    {
        int index = 0;
        foreach (JsonElement choice in list.EnumerateArray().Take(MaxTemplates))
        {
            string place = $"chat_template[{index++}]";
            file.Require(choice, JsonValueKind.Object, place, "an object with name and template");
            string name = JsonFile.Member(choice, "name") is { } text ? Clean(file.Text(text, place + ".name")) : "";
            if (name.Length > 0 && JsonFile.Member(choice, "template") is { } template)
            {
                yield return new ChatTemplate(name, file.Text(template, place + ".template"));
            }
        }
    }

    private static IEnumerable<ChatTemplate> Additional(string folder)
    {
        string extra = Path.Combine(folder, Extra);
        if (!Directory.Exists(extra))
        {
            yield break;
        }

        IEnumerable<string> files = Directory.EnumerateFiles(extra, "*.jinja").Order(StringComparer.Ordinal).Take(MaxTemplates);
        foreach (string path in files)
        {
            string name = Clean(Path.GetFileNameWithoutExtension(path));
            if (name.Length > 0 && TokenizerFile.TryReadText(folder, Path.Combine(Extra, Path.GetFileName(path)), MaxBytes) is { } text)
            {
                yield return new ChatTemplate(name, text);
            }
        }
    }

    /// <summary>A name becomes part of a metadata key: anything but ASCII letters and digits turns into "_".</summary>
    private static string Clean(string name) =>
        string.Create(name.Length, name, static (clean, name) =>
        {
            for (int i = 0; i < clean.Length; i++)
            {
                clean[i] = char.IsAsciiLetterOrDigit(name[i]) ? name[i] : '_';
            }
        });
}
