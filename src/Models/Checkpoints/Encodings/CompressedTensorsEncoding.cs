using System.Globalization;
using System.Text.Json;

namespace ModelPack.Models.Checkpoints.Encodings;

/// <summary>compressed-tensors: pack-quantized, float-quantized, int-quantized and naive-quantized weights.</summary>
/// <remarks>
/// Which layer belongs to which config group is not resolved: shapes tell it, since the groups' bits and sizes must fit them.
/// Source of the format: github.com/vllm-project/compressed-tensors, compressors.
/// </remarks>
internal sealed class CompressedTensorsEncoding : WeightEncoding
{
    private static readonly string[] Formats = ["float-quantized", "int-quantized", "mixed-precision", "naive-quantized", "pack-quantized"];

    private readonly string _format;
    private readonly WeightGroup[] _groups;

    /// <param name="settings">quantization_config.</param>
    /// <exception cref="UnsupportedModelException">A format, a strategy or sparsity that is not read.</exception>
    public CompressedTensorsEncoding(ModelConfig settings)
    {
        _format = CheckFormat(settings);
        if (settings.Section("sparsity_config")?.TextOrNull("format") is string sparsity and not "dense")
        {
            throw EncodingCatalog.Unsupported($"compressed-tensors sparsity {Spelling.OneLine(sparsity)}");
        }

        _groups = [.. Sections(settings.Section("config_groups")).Select(ReadGroup).OfType<WeightGroup>()];
        if (_groups.Length == 0)
        {
            throw settings.Fault("config_groups", "at least one group with weights");
        }
    }

    /// <inheritdoc/>
    public override string Name => $"compressed-tensors {_format} {string.Join(" + ", _groups.Select(static g => g.Name).Distinct())}";

    /// <inheritdoc/>
    public override IEnumerable<CheckpointTensor> Decode(StoredTensors stored) =>
        PackedWeights.Claim(stored, _groups).Concat(ScaledWeights.Claim(stored, [.. _groups.Select(static g => g.Block).OfType<(long, int)>()]));

    private static string CheckFormat(ModelConfig settings)
    {
        string format = settings.Text("format");
        return Formats.Contains(format) ? format : throw EncodingCatalog.Unsupported($"compressed-tensors format {Spelling.OneLine(format)}");
    }

    private static IEnumerable<ModelConfig> Sections(ModelConfig? groups) =>
        groups?.Root.EnumerateObject().Select(p => groups.Section(p.Name)).OfType<ModelConfig>() ?? [];

    private static WeightGroup? ReadGroup(ModelConfig group)
    {
        if (group.Section("weights") is not ModelConfig weights)
        {
            return null;
        }

        if (group.Has("format"))
        {
            CheckFormat(group);
        }

        int bits = weights.Integer("num_bits");
        string strategy = weights.TextOrNull("strategy") ?? (weights.Has("group_size") ? "group" : "tensor");
        (long Rows, int Columns)? block = strategy switch
        {
            "tensor" or "channel" => null,
            "group" => (1, Positive(weights, "group_size")),
            "block" => ReadBlock(weights),
            _ => throw EncodingCatalog.Unsupported($"compressed-tensors strategy {Spelling.OneLine(strategy)}"),
        };
        return bits is >= 1 and <= 8
            ? new WeightGroup(weights.TextOrNull("type") ?? "int", bits, strategy, block)
            : throw weights.Fault("num_bits", "1 to 8");
    }

    private static (long Rows, int Columns) ReadBlock(ModelConfig weights)
    {
        const string Key = "block_structure";
        if (weights.Root.TryGetProperty(Key, out JsonElement value) && value.ValueKind == JsonValueKind.String)
        {
            string[] parts = weights.Text(Key).Split('x');
            return parts.Length == 2 && int.TryParse(parts[0], NumberStyles.None, CultureInfo.InvariantCulture, out int rows)
                && int.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out int columns) && rows > 0 && columns > 0
                ? (rows, columns)
                : throw weights.Fault(Key, "two positive integers");
        }

        return weights.Integers(Key) is [int r and > 0, int c and > 0] ? (r, c) : throw weights.Fault(Key, "two positive integers");
    }

    private static int Positive(ModelConfig weights, string key) =>
        weights.Integer(key) is int value and > 0 ? value : throw weights.Fault(key, "a positive integer");
}
