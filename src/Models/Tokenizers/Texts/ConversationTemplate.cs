using System.Text.Json;
using ModelPack.Models.Gguf;
using ModelPack.Models.Tokenizers.Encoders;
using ModelPack.Models.Tokenizers.Templates;

namespace ModelPack.Models.Tokenizers.Texts;

/// <summary>A model's chat template, ready to render conversations. Templates are programs; this one can reach nothing but its input.</summary>
/// <remarks>
/// The part of Jinja that chat templates use; what is beyond it is refused by name. Steps and lengths are bounded. There is no clock:
/// strftime_now tells the first of January 2025, so that the same conversations give the same tokens on any day.
/// </remarks>
public sealed class ConversationTemplate
{
    private readonly IReadOnlyList<TemplateNode> _nodes;
    private readonly IReadOnlyDictionary<string, string> _tokens;

    private ConversationTemplate(string text, IReadOnlyDictionary<string, string> tokens) =>
        (_nodes, _tokens) = (TemplateParser.Parse(text), tokens);

    /// <summary>Opens the default template of a hub folder; null when it has none.</summary>
    /// <exception cref="InvalidCheckpointException">Broken.</exception>
    /// <exception cref="UnsupportedModelException">It uses something that is not known here.</exception>
    public static ConversationTemplate? TryOpen(string checkpointFolder)
    {
        using TokenizerSettings settings = TokenizerSettings.Open(checkpointFolder);
        IReadOnlyList<ChatTemplate> templates = ChatTemplates.Read(checkpointFolder, settings.File);
        Dictionary<string, string> tokens = [];
        foreach (string name in (ReadOnlySpan<string>)["bos_token", "eos_token", "pad_token", "unk_token"])
        {
            if (settings.File is { } file && TokenizerSettings.TextOf(file, JsonFile.Member(file.Root, name), name) is { } text)
            {
                tokens[name] = text;
            }
        }

        return Default(templates, tokens);
    }

    /// <summary>Opens the default template in a GGUF file; null when it has none.</summary>
    /// <inheritdoc cref="TryOpen(string)" path="/exception"/>
    public static ConversationTemplate? TryOpen(GgufFile gguf)
    {
        Vocabulary vocabulary = GgufVocabulary.Read(Path.GetFileName(gguf.Files[0]), gguf.Metadata);
        Dictionary<string, string> tokens = [];
        foreach ((SpecialTokenRole role, string name) in (ReadOnlySpan<(SpecialTokenRole, string)>)
            [(SpecialTokenRole.Bos, "bos_token"), (SpecialTokenRole.Eos, "eos_token"), (SpecialTokenRole.Pad, "pad_token"), (SpecialTokenRole.Unk, "unk_token")])
        {
            if (vocabulary.IdOf(role) is { } id && id < vocabulary.Size)
            {
                tokens[name] = vocabulary.Tokens[id].Text;
            }
        }

        return Default(vocabulary.ChatTemplates, tokens);
    }

    /// <summary>Parses a template.</summary>
    /// <param name="text">The template.</param>
    /// <param name="tokens">Special tokens by the names that templates use, such as bos_token.</param>
    public static ConversationTemplate Parse(string text, IReadOnlyDictionary<string, string> tokens) => new(text, tokens);

    /// <summary>Renders a conversation.</summary>
    /// <param name="place">Where it stands, for messages.</param>
    /// <param name="conversation">An object with "messages", and maybe "tools".</param>
    /// <exception cref="ModelPackException">The template refuses the conversation, or fails on it.</exception>
    public string Render(string place, JsonElement conversation)
    {
        Dictionary<string, object?> variables = new()
        {
            ["messages"] = Value(place, conversation.GetProperty("messages")),
            ["tools"] = conversation.TryGetProperty("tools", out JsonElement tools) ? Value(place, tools) : null,
            ["documents"] = null,
            ["add_generation_prompt"] = false,
        };
        if (variables["messages"] is not TemplateList { Items.Count: > 0 } messages || messages.Items.Exists(static m => m is not TemplateMap))
        {
            throw TextFaults.NotText(place, "messages", "something else where a list of objects was expected; not one");
        }

        foreach ((string name, string text) in _tokens)
        {
            variables[name] = text;
        }

        try
        {
            return TemplateRunner.Render(_nodes, variables);
        }
        catch (ModelPackException error)
        {
            throw new ModelPackException($"{place}: {error.Message}", error);
        }
    }

    private static ConversationTemplate? Default(IReadOnlyList<ChatTemplate> templates, Dictionary<string, string> tokens) =>
        templates.LastOrDefault(static t => t.Name == "default") is { } template ? new ConversationTemplate(template.Text, tokens) : null;

    private static object? Value(string place, JsonElement json)
    {
        switch (json.ValueKind)
        {
            case JsonValueKind.Object:
                TemplateMap map = new();
                foreach (JsonProperty property in json.EnumerateObject())
                {
                    map[property.Name] = Value(place, property.Value);
                }

                return map;
            case JsonValueKind.Array:
                return new TemplateList(json.EnumerateArray().Select(i => Value(place, i)));
            case JsonValueKind.String:
                return Text(place, json);
            case JsonValueKind.Number:
                return json.TryGetInt64(out long whole) ? (object)whole : json.GetDouble();
            default:
                return json.ValueKind switch { JsonValueKind.True => true, JsonValueKind.False => false, _ => null };
        }
    }

    private static string Text(string place, JsonElement json)
    {
        try
        {
            return json.GetString()!;
        }
        catch (InvalidOperationException)
        {
            throw TextFaults.NotText(place, "messages", "a lone surrogate");
        }
    }
}
