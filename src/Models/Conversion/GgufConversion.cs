using System.Text.Json;
using ModelPack.Models.Architectures;
using ModelPack.Models.Cards;
using ModelPack.Models.Checkpoints;
using ModelPack.Models.Gguf;
using ModelPack.Models.Tokenizers;

namespace ModelPack.Models.Conversion;

/// <summary>From a checkpoint to a model as GGUF spells it; no weight is read.</summary>
/// <remarks>Gives the tensors and metadata of llama.cpp's converter (34af94cd9), in the order of llama-quantize (v0.5.0).</remarks>
public static class GgufConversion
{
    /// <summary>Plans the conversion of a checkpoint.</summary>
    /// <param name="checkpoint">Must stay open while the model's weights are read.</param>
    /// <param name="vocabulary">Its tokens; null leaves the tokenizer.* keys out.</param>
    /// <param name="card">Its model card, if it has one.</param>
    /// <param name="options">Choices; their folder name is taken from the checkpoint when absent.</param>
    /// <exception cref="InvalidCheckpointException">The config makes no sense, or its tensors do not fit it.</exception>
    /// <exception cref="UnsupportedModelException">An architecture or variant that is not covered.</exception>
    public static GgufModel Create(
        Checkpoint checkpoint,
        Vocabulary? vocabulary,
        ModelCard? card = null,
        GgufConversionOptions? options = null)
    {
        options ??= new();
        options = options.FolderName is null ? options with { FolderName = ModelFolder.NameOf(checkpoint.Folder) } : options;
        GgufModel model = Create(checkpoint.Config, checkpoint.Tensors, card, options, checkpoint.GenerationConfig, vocabulary);
        return model with { Sources = checkpoint.Files, Dropped = [.. checkpoint.Dropped, .. model.Dropped] };
    }

    /// <summary>The same without files.</summary>
    /// <param name="config">config.json.</param>
    /// <param name="tensors">Logical tensors by name.</param>
    /// <param name="card">Model card, if any.</param>
    /// <param name="options">Choices.</param>
    /// <param name="generation">generation_config.json, if any.</param>
    /// <param name="vocabulary">Tokens; null for none.</param>
    internal static GgufModel Create(
        ModelConfig config,
        IReadOnlyDictionary<string, CheckpointTensor> tensors,
        ModelCard? card,
        GgufConversionOptions options,
        JsonElement? generation = null,
        Vocabulary? vocabulary = null)
    {
        Architecture architecture = Architecture.Find(config);
        DecoderSpec spec = architecture.ReadSpec(config);
        ConversionSources sources = new(tensors);
        string head = architecture.HubNames.Find(new(TensorKind.Head))!;
        if (spec.TiedEmbeddings && options.KeepTiedHead && sources.Has(head))
        {
            spec = spec with { TiedEmbeddings = false };
        }

        IReadOnlyList<GgufModelTensor> built = GgufTensors.Build(architecture, spec, sources);
        bool predicts = architecture.HasPredictionLayers(config);
        sources.Drop(name => DropRules.ReasonFor(name, spec, head, predicts));
        sources.ThrowIfWrong(architecture);

        GgufMetadata metadata = new()
        {
            { "general.architecture", GgufValue.Of(architecture.GgufName) },
            { "general.type", GgufValue.Of("model") },
        };
        long parameters = built.Sum(static t => t.Count);
        GeneralMetadata.Append(metadata, config, generation, card, options, SizeLabel.Of(built), parameters);
        DecoderMetadata.Append(metadata, architecture, spec);
        if (vocabulary is not null)
        {
            CheckSize(vocabulary, spec);
            architecture.AppendVocabulary(metadata, vocabulary);
        }

        return new(metadata, built, DefaultTypeOf(built), [], sources.Dropped);
    }

    // llama.cpp takes the number of tokens for the rows of the embedding.
    private static void CheckSize(Vocabulary vocabulary, DecoderSpec spec)
    {
        if (vocabulary.Size != spec.VocabularySize)
        {
            throw new InvalidCheckpointException(
                $"tokenizer: {vocabulary.Size} tokens; expected the {spec.VocabularySize} of vocab_size in config.json");
        }
    }

    // The type of most matrix weights; a converter that took the first tensor's would let one odd tensor decide.
    private static GgmlType DefaultTypeOf(IReadOnlyList<GgufModelTensor> tensors) =>
        new[] { GgmlType.BF16, GgmlType.F16, GgmlType.F32 }
            .MaxBy(type => tensors.Where(t => t.Shape.Count > 1 && t.BaseType == type).Sum(static t => t.Count))!;
}
