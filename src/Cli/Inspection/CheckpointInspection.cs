using ModelPack.Cli.Documents;
using ModelPack.Models;
using ModelPack.Models.Architectures;
using ModelPack.Models.Cards;
using ModelPack.Models.Checkpoints;
using ModelPack.Models.Tokenizers;

namespace ModelPack.Cli.Inspection;

/// <summary>Describes a checkpoint folder from its config, its headers and its card.</summary>
internal static class CheckpointInspection
{
    public static InspectDocument Inspect(string folder, bool listTensors, Action<string> warn, CancellationToken cancel)
    {
        using Checkpoint checkpoint = Checkpoint.Open(folder, cancel);
        IReadOnlyList<string> names = checkpoint.Config.Texts("architectures");
        long stored = checkpoint.Tensors.Values.Sum(static t => t.Shape.Aggregate(1L, static (n, d) => checked(n * d)));
        InspectDocument document = new()
        {
            Format = "safetensors",
            Architecture = names.Count > 0 ? names[0] : null,
            Parameters = stored,
            ActiveParameters = stored,
            Encoding = checkpoint.Encoding,
            License = License(Try(() => ModelCardReader.ReadFolder(folder), warn)),
            Bytes = checkpoint.Stored.Sum(static t => t.Location.Length),
            Types = SafetensorsInspection.Types(checkpoint.Stored),
            Tensors = listTensors ? SafetensorsInspection.List(checkpoint.Stored) : null,
        };
        return Try(() => Architecture.Find(checkpoint.Config).ReadSpec(checkpoint.Config), warn) is { } spec
            ? Describe(document, spec, Try(() => VocabularyReader.Read(folder, spec.VocabularySize, new VocabularyOptions()), warn))
            : document;
    }

    private static InspectDocument Describe(InspectDocument document, DecoderSpec spec, Vocabulary? vocabulary)
    {
        ParameterCount count = ParameterCount.Of(spec);
        return document with
        {
            Parameters = count.Total,
            ActiveParameters = count.Active,
            Layers = spec.Layers.Count,
            Experts = spec.Experts is { } experts ? new(experts.Count, experts.Active, experts.SharedCount) : null,
            ContextLength = spec.ContextLength,
            VocabularySize = spec.VocabularySize,
            Tokenizer = vocabulary is null ? null : $"{(vocabulary.Model == VocabularyModel.Bpe ? "bpe" : "sentencepiece")}/{vocabulary.PreTokenizer}",
        };
    }

    /// <summary>An inspection tells what it can: what cannot be read is a warning, not the end.</summary>
    private static T? Try<T>(Func<T> read, Action<string> warn)
        where T : class?
    {
        try
        {
            return read();
        }
        catch (ModelPackException fault)
        {
            warn(fault.Message);
            return null;
        }
    }

    private static string? License(ModelCard? card) =>
        card is null || card.Licenses.Count == 0 ? card?.LicenseName
        : card.Licenses is ["other"] && card.LicenseName is { } name ? name
        : string.Join(", ", card.Licenses);
}
