using System.Text.Json;
using ModelPack.Models.Architectures;
using ModelPack.Models.Checkpoints;
using ModelPack.Models.Onnx.Export;

namespace ModelPack.Models.Onnx.Folder;

/// <summary>Writes genai_config.json.</summary>
/// <remarks>Source of the keys: onnxruntime-genai 0.15.2, src/config.cpp, which refuses keys that it does not know.</remarks>
internal static class GenAiConfig
{
    public const string FileName = "genai_config.json";

    /// <summary>Types that GenAI names itself; all others run as "decoder", which is the same code.</summary>
    private static readonly string[] KnownTypes = ["llama", "mistral", "qwen2", "qwen3"];

    public static void Write(FolderFiles files, Checkpoint checkpoint, DecoderSpec spec, GenerationSettings generation, GenAiFolderOptions options)
    {
        OnnxCache cache = OnnxCache.Of(spec.Layers[0].Attention);
        files.Write(FileName, stream =>
        {
            using Utf8JsonWriter json = new(stream, new JsonWriterOptions { Indented = true, NewLine = "\n" });
            json.WriteStartObject();
            json.WriteStartObject("model");
            WriteIds(json, generation);
            json.WriteNumber("context_length", spec.ContextLength);
            json.WriteStartObject("decoder");
            WriteSession(json, options.Provider);
            json.WriteString("filename", options.ModelFile);
            json.WriteNumber("head_size", cache.HeadSize);
            json.WriteNumber("hidden_size", spec.HiddenSize);
            WriteNames(json, options.PositionIds);
            json.WriteNumber("num_attention_heads", spec.Layers[0].Attention.Heads);
            json.WriteNumber("num_hidden_layers", spec.Layers.Count);
            json.WriteNumber("num_key_value_heads", cache.Heads);
            json.WriteEndObject();
            json.WriteString("type", checkpoint.Config.TextOrNull("model_type") is { } type && KnownTypes.Contains(type) ? type : "decoder");
            json.WriteNumber("vocab_size", spec.VocabularySize);
            json.WriteEndObject();
            WriteSearch(json, generation, spec.ContextLength);
            json.WriteEndObject();
        });
    }

    private static void WriteIds(Utf8JsonWriter json, GenerationSettings generation)
    {
        if (generation.Bos is int bos)
        {
            json.WriteNumber("bos_token_id", bos);
        }

        if (generation.Eos is [int only])
        {
            json.WriteNumber("eos_token_id", only);
        }
        else if (generation.Eos.Count > 1)
        {
            json.WriteStartArray("eos_token_id");
            foreach (int id in generation.Eos)
            {
                json.WriteNumberValue(id);
            }

            json.WriteEndArray();
        }

        if (generation.Pad is int pad)
        {
            json.WriteNumber("pad_token_id", pad);
        }
    }

    private static void WriteSession(Utf8JsonWriter json, OnnxProvider provider)
    {
        json.WriteStartObject("session_options");
        json.WriteString("log_id", "onnxruntime-genai");
        json.WriteStartArray("provider_options");
        if (provider == OnnxProvider.Cuda)
        {
            json.WriteStartObject();
            json.WriteStartObject("cuda");
            json.WriteEndObject();
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void WriteNames(Utf8JsonWriter json, bool positionIds)
    {
        json.WriteStartObject("inputs");
        json.WriteString("input_ids", "input_ids");
        json.WriteString("attention_mask", "attention_mask");
        if (positionIds)
        {
            json.WriteString("position_ids", "position_ids");
        }

        json.WriteString("past_key_names", "past_key_values.%d.key");
        json.WriteString("past_value_names", "past_key_values.%d.value");
        json.WriteEndObject();
        json.WriteStartObject("outputs");
        json.WriteString("logits", "logits");
        json.WriteString("present_key_names", "present.%d.key");
        json.WriteString("present_value_names", "present.%d.value");
        json.WriteEndObject();
    }

    private static void WriteSearch(Utf8JsonWriter json, GenerationSettings generation, int contextLength)
    {
        json.WriteStartObject("search");
        json.WriteBoolean("do_sample", generation.Sample);
        json.WriteNumber("max_length", contextLength);
        json.WriteNumber("min_length", 0);
        json.WriteNumber("num_beams", 1);

        // The graph's cache grows with the text; a shared buffer would need one of full length from the start.
        json.WriteBoolean("past_present_share_buffer", false);
        json.WriteNumber("repetition_penalty", generation.RepetitionPenalty);
        json.WriteNumber("temperature", generation.Temperature);
        json.WriteNumber("top_k", generation.TopK);
        json.WriteNumber("top_p", generation.TopP);
        json.WriteEndObject();
    }
}
