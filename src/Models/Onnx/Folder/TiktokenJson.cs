using System.Text.Json;
using ModelPack.Models.Tokenizers;

namespace ModelPack.Models.Onnx.Folder;

/// <summary>Writes tokenizer.json for a vocabulary that came as tiktoken.model (Kimi K2).</summary>
/// <remarks>Source of the format: Hugging Face's tokenizers, version 1.0 of the file.</remarks>
internal static class TiktokenJson
{
    public static void Write(Stream stream, Vocabulary vocabulary)
    {
        using Utf8JsonWriter json = GenAiTokenizer.Writer(stream);
        json.WriteStartObject();
        json.WriteString("version", "1.0");
        json.WriteNull("truncation");
        json.WriteNull("padding");
        WriteAdded(json, vocabulary);
        json.WriteNull("normalizer");
        WritePreTokenizer(json);
        WriteByteLevel(json, "post_processor");
        WriteByteLevel(json, "decoder");
        WriteModel(json, vocabulary);
        json.WriteEndObject();
    }

    private static void WriteAdded(Utf8JsonWriter json, Vocabulary vocabulary)
    {
        json.WriteStartArray("added_tokens");
        for (int id = 0; id < vocabulary.Size; id++)
        {
            if (vocabulary.Tokens[id].Kind == TokenKind.Control)
            {
                json.WriteStartObject();
                json.WriteNumber("id", id);
                json.WriteString("content", vocabulary.Tokens[id].Text);
                json.WriteBoolean("single_word", false);
                json.WriteBoolean("lstrip", false);
                json.WriteBoolean("rstrip", false);
                json.WriteBoolean("normalized", false);
                json.WriteBoolean("special", true);
                json.WriteEndObject();
            }
        }

        json.WriteEndArray();
    }

    private static void WritePreTokenizer(Utf8JsonWriter json)
    {
        json.WriteStartObject("pre_tokenizer");
        json.WriteString("type", "Sequence");
        json.WriteStartArray("pretokenizers");
        foreach (string rule in KimiSplits.All)
        {
            json.WriteStartObject();
            json.WriteString("type", "Split");
            json.WriteStartObject("pattern");
            json.WriteString("Regex", rule);
            json.WriteEndObject();
            json.WriteString("behavior", "Isolated");
            json.WriteBoolean("invert", false);
            json.WriteEndObject();
        }

        WriteByteLevel(json, null);
        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void WriteByteLevel(Utf8JsonWriter json, string? name)
    {
        if (name is null)
        {
            json.WriteStartObject();
        }
        else
        {
            json.WriteStartObject(name);
        }

        json.WriteString("type", "ByteLevel");
        json.WriteBoolean("add_prefix_space", false);
        json.WriteBoolean("trim_offsets", false);
        json.WriteBoolean("use_regex", false);
        json.WriteEndObject();
    }

    private static void WriteModel(Utf8JsonWriter json, Vocabulary vocabulary)
    {
        json.WriteStartObject("model");
        json.WriteString("type", "BPE");
        json.WriteNull("dropout");
        json.WriteNull("unk_token");
        json.WriteNull("continuing_subword_prefix");
        json.WriteNull("end_of_word_suffix");
        json.WriteBoolean("fuse_unk", false);
        json.WriteBoolean("byte_fallback", false);

        // tiktoken looks a whole piece up before it joins anything.
        json.WriteBoolean("ignore_merges", true);
        json.WriteStartObject("vocab");
        for (int id = 0; id < vocabulary.Size; id++)
        {
            if (vocabulary.Tokens[id].Kind == TokenKind.Normal)
            {
                json.WriteNumber(vocabulary.Tokens[id].Text, id);
            }
        }

        json.WriteEndObject();
        json.WriteStartArray("merges");
        foreach (string merge in vocabulary.Merges)
        {
            json.WriteStringValue(merge);
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }
}
