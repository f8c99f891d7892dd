using ModelPack.Models.Checkpoints;

namespace ModelPack.Models.Architectures;

/// <summary>Reads what the supported architectures' configs have in common, each number held to a range that makes sense.</summary>
/// <remarks>
/// The ranges are wide (a thousand times today's largest layer counts would not fit, ten times do); they are there so that a
/// hostile or damaged config is refused before anything is allocated from it.
/// </remarks>
internal sealed class SpecReader
{
    private const int MostLayers = 4096;
    private const int MostWidth = 1 << 22;
    private const int MostHeads = 1 << 14;
    private const int MostVocabulary = 1 << 24;
    private const int MostExperts = 1 << 14;
    private const int MostExpertMatrices = 1 << 20;

    public SpecReader(ModelConfig config)
    {
        Config = config;
        if (config.TextOrNull("hidden_act") is not (null or "silu" or "swish"))
        {
            throw config.Unsupported("hidden_act", "silu");
        }

        HiddenSize = config.Count("hidden_size", MostWidth);
        LayerCount = config.Count("num_hidden_layers", MostLayers);
        Heads = config.Count("num_attention_heads", MostHeads);
        KeyValueHeads = config.CountOrNull("num_key_value_heads", MostHeads) ?? Heads;
    }

    public ModelConfig Config { get; }

    public int HiddenSize { get; }

    public int LayerCount { get; }

    public int Heads { get; }

    public int KeyValueHeads { get; }

    /// <summary>Width of an attention head: head_dim, or else hidden_size / num_attention_heads.</summary>
    public int HeadSize()
    {
        if (Config.CountOrNull("head_dim", MostWidth) is { } size)
        {
            return size;
        }

        return HiddenSize % Heads == 0
            ? HiddenSize / Heads
            : throw Config.Fault("hidden_size", $"a multiple of num_attention_heads ({Heads}), as head_dim is absent");
    }

    /// <summary>Width of one kind of layer or head.</summary>
    public int Width(string key) => Config.Count(key, MostWidth);

    /// <summary>Width that may be absent.</summary>
    public int? OptionalWidth(string key) => Config.CountOrNull(key, MostWidth);

    /// <summary>Grouped attention with the config's heads; the caller says what norms and biases it has.</summary>
    public AttentionSpec.Grouped Grouped(QueryKeyNorm norm, bool inputBias, bool outputBias, int? slidingWindow = null)
    {
        if (Heads % KeyValueHeads != 0)
        {
            throw Config.Fault("num_key_value_heads", $"a divisor of num_attention_heads ({Heads})");
        }

        int size = HeadSize();
        if ((long)size * Heads > MostWidth)
        {
            throw Config.Fault("head_dim", $"at most {MostWidth / Heads} with {Heads} heads");
        }

        return new(Heads, KeyValueHeads, size, norm, inputBias, outputBias, slidingWindow);
    }

    /// <summary>sliding_window when it is given and not switched off.</summary>
    public int? SlidingWindow() => Config.CountOrNull("sliding_window", int.MaxValue, least: 0) is > 0 and int window ? window : null;

    /// <summary>A layer's attention where, as in Qwen, layers from max_window_layers on may see a window only.</summary>
    public AttentionSpec.Grouped Windowed(AttentionSpec.Grouped full, int layer)
    {
        int first = Config.CountOrNull("max_window_layers", int.MaxValue, least: 0) ?? LayerCount;
        return Config.Flag("use_sliding_window", whenAbsent: false) && layer >= first ? full with { SlidingWindow = SlidingWindow() } : full;
    }

    /// <summary>A dense layer of intermediate_size.</summary>
    public FeedForwardSpec.Dense Dense(bool bias = false) => new(Width("intermediate_size"), bias);

    /// <summary>A layer of experts.</summary>
    /// <param name="countKey">Key of the number of experts.</param>
    /// <param name="sizeKey">Key of an expert's inner width.</param>
    /// <param name="router">Router.</param>
    /// <param name="sharedKey">Key of the number of shared experts, each of the same width; null when there are none.</param>
    public FeedForwardSpec.Experts Experts(string countKey, string sizeKey, RouterSpec router, string? sharedKey = null)
    {
        int count = Config.Count(countKey, MostExperts);
        if (3L * count * LayerCount > MostExpertMatrices)
        {
            throw Config.Fault(countKey, $"at most {MostExpertMatrices / 3 / LayerCount} with {LayerCount} layers");
        }

        int active = Config.Count("num_experts_per_tok", count);
        int size = Width(sizeKey);
        int shared = sharedKey is null ? 0 : Config.CountOrNull(sharedKey, 256, least: 0) ?? 0;
        if (router.Groups is { } groups && count % groups.Count != 0)
        {
            throw Config.Fault("n_group", $"a divisor of {countKey} ({count})");
        }

        return new(count, active, size, shared, checked(shared * size), router);
    }

    /// <summary>n_group and topk_group; null when the config has none.</summary>
    public RouterGroups? Groups(bool bestTwo) =>
        Config.CountOrNull("n_group", MostExperts) is { } count
            ? new(count, Config.CountOrNull("topk_group", count) ?? count, bestTwo)
            : null;

    /// <summary>scoring_func.</summary>
    public RouterScoring Scoring(RouterScoring whenAbsent) => Config.TextOrNull("scoring_func") switch
    {
        null => whenAbsent,
        "softmax" => RouterScoring.Softmax,
        "sigmoid" => RouterScoring.Sigmoid,
        _ => throw Config.Unsupported("scoring_func", "softmax or sigmoid"),
    };

    /// <summary>Puts the parts together.</summary>
    public DecoderSpec Decoder(RopeSpec rope, IReadOnlyList<LayerSpec> layers) => new(
        HiddenSize,
        Config.Count("vocab_size", MostVocabulary),
        Config.Count("max_position_embeddings", int.MaxValue),
        Width("intermediate_size"),
        Config.PositiveOrNull("rms_norm_eps") ?? 1e-6,
        rope,
        Config.Flag("tie_word_embeddings", whenAbsent: false),
        layers);

    /// <summary>The same layer in every place.</summary>
    public IReadOnlyList<LayerSpec> Repeat(LayerSpec layer) => [.. Enumerable.Repeat(layer, LayerCount)];

    /// <summary>One layer after the other, made by its number; equal ones share one object.</summary>
    public IReadOnlyList<LayerSpec> Each(Func<int, LayerSpec> make)
    {
        Dictionary<LayerSpec, LayerSpec> seen = [];
        List<LayerSpec> layers = [];
        for (int i = 0; i < LayerCount; i++)
        {
            LayerSpec layer = make(i);
            seen.TryAdd(layer, layer);
            layers.Add(seen[layer]);
        }

        return layers;
    }
}
