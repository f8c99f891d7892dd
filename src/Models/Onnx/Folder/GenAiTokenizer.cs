using System.Text;
using System.Text.Json;
using ModelPack.Models.Tokenizers;

namespace ModelPack.Models.Onnx.Folder;

/// <summary>Writes the tokenizer files that GenAI loads: tokenizer.json, tokenizer_config.json, special_tokens_map.json, chat_template.jinja.</summary>
internal static class GenAiTokenizer
{
    private const long MaxTokenizerBytes = 256 << 20;

    internal const long MaxSmallBytes = 64 << 20;

    internal const string SettingsName = "tokenizer_config.json";

    private const string AnyClass = "PreTrainedTokenizerFast";

    /// <summary>Classes that GenAI 0.15.2 takes; with any other it refuses the folder.</summary>
    private static readonly string[] KnownClasses =
    [
        "GPT2Tokenizer", "LlamaTokenizer", "LlamaTokenizerFast", "PreTrainedTokenizer", "PreTrainedTokenizerFast",
        "Qwen2Tokenizer", "Qwen2TokenizerFast", "TokenizersBackend",
    ];

    /// <summary>Files whose content gets into what is written, though not byte by byte.</summary>
    private static readonly string[] ReadFiles = [SettingsName, TiktokenVocabulary.FileName, "chat_template.jinja", "chat_template.json"];

    public static void Write(FolderFiles files, string source, Vocabulary vocabulary, JsonFile? settings)
    {
        foreach (string name in ReadFiles)
        {
            files.RefuseStrayLink(name);
        }

        if (files.Has(TokenizerJson.FileName))
        {
            files.CopyIfThere(TokenizerJson.FileName, MaxTokenizerBytes);
        }
        else if (vocabulary.Model == VocabularyModel.Bpe)
        {
            files.Write(TokenizerJson.FileName, stream => TiktokenJson.Write(stream, vocabulary));
        }
        else
        {
            throw new UnsupportedModelException(
                $"{source}: tokenizer.model (sentencepiece) without tokenizer.json, which ONNX Runtime GenAI needs; save the tokenizer as a fast one first");
        }

        files.Write(SettingsName, stream => WriteSettings(stream, settings, vocabulary.ChatTemplate));
        if (files.Has("special_tokens_map.json"))
        {
            files.CopyIfThere("special_tokens_map.json", MaxSmallBytes);
        }
        else
        {
            files.Write("special_tokens_map.json", stream => WriteMap(stream, vocabulary));
        }

        files.CopyIfThere("added_tokens.json", MaxSmallBytes);
        if (vocabulary.ChatTemplate is { } template)
        {
            files.Write("chat_template.jinja", stream => stream.Write(Encoding.UTF8.GetBytes(template)));
        }
    }

    /// <summary>The source's settings with a class that GenAI takes, no code to run, and one chat template.</summary>
    private static void WriteSettings(Stream stream, JsonFile? settings, string? template)
    {
        using Utf8JsonWriter json = Writer(stream);
        json.WriteStartObject();
        string kept = AnyClass;
        if (settings is not null)
        {
            kept = JsonFile.Member(settings.Root, "tokenizer_class") is { ValueKind: JsonValueKind.String } name
                && Array.Find(KnownClasses, name.ValueEquals) is { } known ? known : AnyClass;

            // A key that stands twice counts where it stands last.
            Dictionary<string, JsonElement> members = [];
            foreach (JsonProperty member in settings.Root.EnumerateObject())
            {
                members[settings.NameOf(member, "a key")] = member.Value;
            }

            foreach ((string key, JsonElement value) in members)
            {
                if (key is not ("tokenizer_class" or "auto_map" or "chat_template"))
                {
                    json.WritePropertyName(key);
                    Copy(json, settings, key, value);
                }
            }
        }

        if (template is not null)
        {
            json.WriteString("chat_template", template);
        }

        json.WriteString("tokenizer_class", kept);
        json.WriteEndObject();
    }

    private static void Copy(Utf8JsonWriter json, JsonFile settings, string key, JsonElement value)
    {
        try
        {
            value.WriteTo(json);
        }
        catch (Exception cause) when (cause is InvalidOperationException or ArgumentException)
        {
            throw TokenizerFaults.BadText(settings.Name, TokenizerFaults.Quote(key));
        }
    }

    private static void WriteMap(Stream stream, Vocabulary vocabulary)
    {
        using Utf8JsonWriter json = Writer(stream);
        json.WriteStartObject();
        foreach ((SpecialTokenRole role, string key) in (ReadOnlySpan<(SpecialTokenRole, string)>)
            [(SpecialTokenRole.Bos, "bos_token"), (SpecialTokenRole.Eos, "eos_token"), (SpecialTokenRole.Unk, "unk_token"), (SpecialTokenRole.Pad, "pad_token")])
        {
            if (vocabulary.IdOf(role) is int id && id < vocabulary.Size)
            {
                json.WriteString(key, vocabulary.Tokens[id].Text);
            }
        }

        json.WriteEndObject();
    }

    internal static Utf8JsonWriter Writer(Stream stream) => new(stream, new JsonWriterOptions
    {
        Indented = true,
        NewLine = "\n",
        Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    });
}
