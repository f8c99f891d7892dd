using System.Text.Json;
using System.Text.Json.Nodes;
using ModelPack.Models.Architectures;
using ModelPack.Models.Checkpoints;
using ModelPack.Models.Gguf;

namespace ModelPack.Models.Conversion;

/// <summary>Reads what a GGUF model computes from its metadata: the way back from <see cref="DecoderMetadata"/>.</summary>
internal static class GgufSpec
{
    private const int MostFactors = 1 << 16;

    /// <summary>Reads the description of a model.</summary>
    /// <exception cref="InvalidCheckpointException">A key is missing or its value makes no sense.</exception>
    /// <exception cref="UnsupportedModelException">An architecture or variant that is not covered.</exception>
    public static DecoderSpec Read(GgufFile gguf)
    {
        GgufSettings settings = new(gguf);
        Architecture architecture = Architecture.All.FirstOrDefault(a => a.IsGguf(settings)) ?? throw new UnsupportedModelException(
            $"{settings.File}: general.architecture: {Spelling.OneLine(settings.Architecture)}; expected one of "
            + string.Join(", ", Architecture.All.Select(static a => a.GgufName).Distinct().Order(StringComparer.Ordinal)));
        AddCommon(settings, architecture);
        architecture.AddConfig(settings);

        // Cloned, so that no document needs to be kept.
        using JsonDocument document = JsonDocument.Parse(settings.Config.ToJsonString());
        DecoderSpec spec = architecture.ReadSpec(new ModelConfig(settings.File, document.RootElement.Clone()));
        return settings.Tensor("rope_freqs.weight") is { } factors
            ? spec with { Rope = spec.Rope with { Scaling = Factors(gguf, settings, factors, spec.Rope) } }
            : spec;
    }

    private static void AddCommon(GgufSettings settings, Architecture architecture)
    {
        JsonObject config = settings.Config;
        config["architectures"] = new JsonArray(architecture.HuggingFaceNames[0]);
        config["num_hidden_layers"] = settings.Number("block_count") - (settings.Number("nextn_predict_layers") ?? 0);
        config["vocab_size"] = settings.Tensor("token_embd.weight") is { Shape: [_, var rows] } ? rows : null;
        config["tie_word_embeddings"] = settings.Tensor("output.weight") is null;
        settings.Copy("hidden_size", "embedding_length");
        settings.Copy("num_attention_heads", "attention.head_count");
        settings.Copy("num_key_value_heads", "attention.head_count_kv");
        settings.Copy("head_dim", "attention.key_length");
        settings.Copy("intermediate_size", "feed_forward_length");
        settings.Copy("max_position_embeddings", "context_length");
        settings.Copy("rms_norm_eps", "attention.layer_norm_rms_epsilon");
        settings.Copy("rope_theta", "rope.freq_base");
        if (settings.Text("rope.scaling.type") is { } type and not "none")
        {
            config["rope_scaling"] = Scaling(settings, type);
        }
    }

    private static JsonObject Scaling(GgufSettings settings, string type)
    {
        JsonObject scaling = new() { ["rope_type"] = type };
        Add("factor", settings.Number("rope.scaling.factor"));
        Add("original_max_position_embeddings", settings.Number("rope.scaling.original_context_length"));
        Add("extrapolation_factor", settings.Number("rope.scaling.yarn_ext_factor"));
        Add("attention_factor", settings.Number("rope.scaling.yarn_attn_factor"));
        Add("beta_fast", settings.Number("rope.scaling.yarn_beta_fast"));
        Add("beta_slow", settings.Number("rope.scaling.yarn_beta_slow"));

        // llama.cpp takes the two weights of DeepSeek's temperature for equal, so that the one on the rotated part drops out.
        double? all = settings.Number("rope.scaling.yarn_log_multiplier") / 0.1;
        Add("mscale", all);
        Add("mscale_all_dim", all);
        return scaling;

        void Add(string key, double? value)
        {
            if (value is { } number)
            {
                scaling[key] = number;
            }
        }
    }

    private static RopeScaling.Table Factors(GgufFile gguf, GgufSettings settings, GgufTensorInfo tensor, RopeSpec rope)
    {
        if (tensor.Type != GgmlType.F32 || tensor.Count != rope.Dimensions / 2 || tensor.Count > MostFactors)
        {
            throw new InvalidCheckpointException(
                $"{settings.File}: {tensor.Name}: {tensor.Count} values of type {tensor.Type}; expected {rope.Dimensions / 2} of F32");
        }

        float[] factors = new float[tensor.Count];
        gguf.OpenTensor(tensor).Read(0, factors);
        return Array.TrueForAll(factors, static f => float.IsFinite(f) && f > 0)
            ? new(factors)
            : throw new InvalidCheckpointException($"{settings.File}: {tensor.Name}: a value that is no finite number above 0");
    }
}
