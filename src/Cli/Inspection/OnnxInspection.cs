using ModelPack.Cli.Documents;
using ModelPack.Models;
using ModelPack.Models.Cards;
using ModelPack.Models.Checkpoints;
using ModelPack.Models.Onnx;
using ModelPack.Models.Tokenizers;

namespace ModelPack.Cli.Inspection;

/// <summary>Describes an ONNX model, ours or not, from its graph and, in a folder, from GenAI's config.</summary>
internal static class OnnxInspection
{
    public static InspectDocument Inspect(OnnxFolder place, bool listTensors, Action<string> warn)
    {
        OnnxModel model = OnnxReader.Read(place.File);
        OnnxInventory inventory = OnnxInventory.Of(model);
        WarnOfMissingData(place.File, inventory, warn);
        long parameters = inventory.Constants.Sum(static c => c.Parameters);
        long idle = inventory.Constants.Sum(static c =>
            c.Experts is (var count, var active) ? (long)(c.Parameters * ((double)(count - active) / count)) : 0);
        InspectDocument document = new()
        {
            Format = "onnx",
            Parameters = parameters,
            ActiveParameters = parameters - idle,
            Experts = inventory.Experts is (var experts, var used) ? new((int)Math.Min(experts, int.MaxValue), (int)Math.Min(used, int.MaxValue), 0) : null,
            Bytes = inventory.Constants.Sum(static c => c.Tensor.Data.Bytes),
            Types = inventory.Constants
                .Where(static c => c.Tensor.Data.Bytes > 0)
                .GroupBy(static c => c.Type)
                .OrderByDescending(static g => g.Sum(static c => c.Tensor.Data.Bytes))
                .ThenBy(static g => g.Key, StringComparer.Ordinal)
                .ToDictionary(static g => g.Key, static g => g.Sum(static c => c.Tensor.Data.Bytes)),
            Tensors = listTensors
                ? [.. inventory.Constants.Select(static c => new InspectTensor(c.Name, c.Type, c.Tensor.Shape, c.Tensor.Data.Bytes))]
                : null,
        };
        return place.GenAi is { } config ? Describe(document, place.Folder, config, warn) : document;
    }

    private static InspectDocument Describe(InspectDocument document, string folder, ModelConfig config, Action<string> warn)
    {
        ModelConfig? decoder = config.Section("decoder");
        int? vocabulary = Count(config, "vocab_size");
        ModelCard? card = Try(() => ModelCardReader.ReadFolder(folder), warn);
        return document with
        {
            Architecture = config.Has("type") ? config.Text("type") : null,
            Layers = Count(decoder, "num_hidden_layers"),
            Attention = Count(decoder, "head_size") is int size && Count(decoder, "num_key_value_heads") is int keys
                ? new(Count(decoder, "num_attention_heads") ?? keys, keys, size)
                : null,
            ContextLength = Count(config, "context_length"),
            VocabularySize = vocabulary,
            Tokenizer = vocabulary is int tokens && File.Exists(Path.Combine(folder, "tokenizer.json"))
                ? Try(() => VocabularyReader.Read(folder, tokens, new VocabularyOptions()), warn) is { } read
                    ? $"{(read.Model == VocabularyModel.Bpe ? "bpe" : "sentencepiece")}/{read.PreTokenizer}"
                    : null
                : null,
            License = card is null ? null
                : card.Licenses.Count == 0 || (card.Licenses is ["other"] && card.LicenseName is not null) ? card.LicenseName
                : string.Join(", ", card.Licenses),
        };
    }

    private static void WarnOfMissingData(string file, OnnxInventory inventory, Action<string> warn)
    {
        var last = inventory.Constants
            .Where(static c => c.Tensor.Data is OnnxData.External)
            .Select(static c => (c.Name, Data: (OnnxData.External)c.Tensor.Data))
            .GroupBy(static c => c.Data.Location)
            .Select(static g => g.MaxBy(static c => c.Data.Offset + c.Data.Bytes));
        foreach ((string name, OnnxData.External data) in last)
        {
            Try(() => OnnxExternalFile.Resolve(file, name, data), warn);
        }
    }

    private static int? Count(ModelConfig? config, string key) => config is not null && config.Has(key) ? config.Integer(key) : null;

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
}
