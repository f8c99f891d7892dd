using ModelPack.Models.Checkpoints;
using ModelPack.Models.Conversion;
using ModelPack.Models.Gguf;
using ModelPack.Models.Tokenizers;

namespace ModelPack.Models.Architectures;

/// <summary>What is particular to one family of models: its config, its hub names, and GGUF keys that do not follow from the spec.</summary>
/// <remarks>A new decoder is one such class and one line in <see cref="All"/>.</remarks>
public abstract class Architecture
{
    /// <summary>Every architecture that can be read, one a line.</summary>
    public static IReadOnlyList<Architecture> All { get; } =
    [
        new Deepseek(),
        new Llama(),
        new MiniMaxM2(),
        new Mixtral(),
        new Qwen2(),
        new Qwen3(),
        new Qwen3Moe(),
    ];

    /// <summary>Class names in the config's "architectures".</summary>
    public abstract IReadOnlyList<string> HuggingFaceNames { get; }

    /// <summary>general.architecture, and the prefix of its keys.</summary>
    public abstract string GgufName { get; }

    /// <summary>How the hub names its tensors.</summary>
    public abstract HubNames HubNames { get; }

    /// <summary>The order of rotated elements that llama.cpp expects of this architecture.</summary>
    public virtual RopeLayout GgufRopeLayout => RopeLayout.Halves;

    /// <summary>Whether llama.cpp takes the head from the embedding when a file has none.</summary>
    public virtual bool GgufMayTieHead => true;

    /// <summary>Finds the architecture of a config.</summary>
    /// <exception cref="UnsupportedModelException">No supported class is named; the message lists those that are.</exception>
    /// <exception cref="InvalidCheckpointException">The config names no class.</exception>
    public static Architecture Find(ModelConfig config)
    {
        IReadOnlyList<string> names = config.Texts("architectures");
        if (names.Count == 0)
        {
            throw config.Fault("architectures", "the name of the model's class");
        }

        if (All.FirstOrDefault(a => names.Any(n => a.HuggingFaceNames.Contains(n, StringComparer.Ordinal))) is { } found)
        {
            return found;
        }

        string supported = string.Join(", ", All.SelectMany(static a => a.HuggingFaceNames).Order(StringComparer.Ordinal));
        throw config.Unsupported("architectures", config.Has("text_config")
            ? $"a text model (this one wraps a text model in one for images or sound): {supported}"
            : $"one of {supported}");
    }

    /// <summary>Reads the description of the model.</summary>
    /// <exception cref="InvalidCheckpointException">A key is missing or its value makes no sense.</exception>
    /// <exception cref="UnsupportedModelException">A variant that is not covered.</exception>
    public abstract DecoderSpec ReadSpec(ModelConfig config);

    /// <summary>Adds the keys that llama.cpp's converter writes for this architecture after the common ones.</summary>
    /// <exception cref="UnsupportedModelException">llama.cpp cannot run this variant.</exception>
    internal abstract void AddGgufKeys(GgufKeys keys, DecoderSpec spec);

    /// <summary>Whether a GGUF file is of this architecture; several may share a name there.</summary>
    internal virtual bool IsGguf(GgufSettings gguf) => gguf.Architecture == GgufName;

    /// <summary>Adds what config.json would say beyond the common keys: the way back from <see cref="AddGgufKeys"/>.</summary>
    /// <exception cref="InvalidCheckpointException">A value that is no number.</exception>
    internal abstract void AddConfig(GgufSettings gguf);

    /// <summary>Adds the tokenizer.* keys.</summary>
    internal virtual void AppendVocabulary(GgufMetadata metadata, Vocabulary vocabulary) => VocabularyMetadata.Append(metadata, vocabulary);

    /// <summary>Whether layers beyond the last are for predicting more than one token; no GGUF of these families holds them.</summary>
    internal virtual bool HasPredictionLayers(ModelConfig config) =>
        config.IntegerOrNull("num_nextn_predict_layers") > 0 || config.IntegerOrNull("num_mtp_modules") > 0;

    /// <summary>Whether key_length and value_length are written.</summary>
    internal virtual bool WritesHeadSize(DecoderSpec spec) => true;
}
