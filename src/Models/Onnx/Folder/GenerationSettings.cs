using System.Text.Json;
using ModelPack.Models.Checkpoints;
using ModelPack.Models.Tokenizers;

namespace ModelPack.Models.Onnx.Folder;

/// <summary>Which tokens start, end and fill a text, and how the model's makers want it sampled.</summary>
/// <remarks>generation_config.json counts before config.json, and that before the tokenizer's files, as in Transformers.</remarks>
internal sealed class GenerationSettings
{
    /// <summary>More ids that end a text than any model has.</summary>
    private const int MostEos = 64;

    private readonly IReadOnlyList<ModelConfig> _files;
    private readonly int _size;

    private GenerationSettings(IReadOnlyList<ModelConfig> files, Vocabulary vocabulary, Func<string, int?> named)
    {
        (_files, _size) = (files, vocabulary.Size);
        Bos = One("bos_token_id") ?? vocabulary.IdOf(SpecialTokenRole.Bos) ?? named("bos_token");
        Eos = All("eos_token_id") is { Count: > 0 } found ? found
            : (vocabulary.IdOf(SpecialTokenRole.Eos) ?? named("eos_token")) is int id ? [id] : [];
        Pad = One("pad_token_id") ?? vocabulary.IdOf(SpecialTokenRole.Pad) ?? named("pad_token") ?? (Eos.Count > 0 ? Eos[0] : null);
        ModelConfig? generation = files.Count > 1 ? files[0] : null;
        Sample = generation?.Flag("do_sample", whenAbsent: false) ?? false;
        Temperature = generation?.NumberOrNull("temperature") is > 0 and double temperature ? temperature : 1;
        TopP = generation?.NumberOrNull("top_p") is > 0 and <= 1 and double topP ? topP : 1;
        TopK = generation?.IntegerOrNull("top_k") is > 0 and int topK ? topK : 50;
        RepetitionPenalty = generation?.NumberOrNull("repetition_penalty") is > 0 and double penalty ? penalty : 1;
    }

    public int? Bos { get; }

    /// <summary>Each ends a text; may be empty.</summary>
    public IReadOnlyList<int> Eos { get; }

    public int? Pad { get; }

    public bool Sample { get; }

    public double Temperature { get; }

    public double TopP { get; }

    public int TopK { get; }

    public double RepetitionPenalty { get; }

    /// <summary>Reads them.</summary>
    /// <param name="checkpoint">The source.</param>
    /// <param name="vocabulary">Its tokens.</param>
    /// <param name="named">The id of a token that tokenizer_config.json names by its text: "pad_token".</param>
    /// <exception cref="InvalidCheckpointException">An id that is no token, or a setting of the wrong kind.</exception>
    public static GenerationSettings Read(Checkpoint checkpoint, Vocabulary vocabulary, Func<string, int?> named) => new(
        checkpoint.GenerationConfig is JsonElement generation
            ? [new ModelConfig("generation_config.json", generation), checkpoint.Config]
            : [checkpoint.Config],
        vocabulary,
        named);

    private int? One(string key) => All(key) is [int id, ..] ? id : null;

    private IReadOnlyList<int> All(string key)
    {
        foreach (ModelConfig file in _files.Where(f => f.Has(key)))
        {
            IReadOnlyList<int> ids = file.Root.GetProperty(key).ValueKind == JsonValueKind.Array ? file.Integers(key) : [file.Integer(key)];

            // -1 is how some say "none".
            ids = [.. ids.Where(static id => id != -1).Distinct()];
            if (ids.Count > MostEos || ids.Any(id => id < 0 || id >= _size))
            {
                throw file.Fault(key, $"token ids from 0 to {_size - 1}, at most {MostEos}");
            }

            if (ids.Count > 0)
            {
                return ids;
            }
        }

        return [];
    }
}
