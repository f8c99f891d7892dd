using ModelPack.Models.Tensors;
using ModelPack.Models.Tensors.Views;

namespace ModelPack.Models.Checkpoints.Encodings;

/// <summary>GPTQ: qweight packed down the input channels, qzeros and scales for each group of them, g_idx the group of each.</summary>
/// <remarks>
/// Matrices are stored input by output, so logical rows are stored columns. The first version stores zero points less one.
/// Source of the format: github.com/ModelCloud/GPTQModel, nn_modules/qlinear.
/// </remarks>
internal sealed class GptqEncoding : WeightEncoding
{
    private const int Granularity = 256;

    private readonly int _bits;
    private readonly int _groupSize;
    private readonly int _zeroOffset;

    /// <param name="settings">quantization_config.</param>
    /// <exception cref="UnsupportedModelException">3 bits, or a checkpoint format that is not read.</exception>
    public GptqEncoding(ModelConfig settings)
    {
        _bits = settings.Integer("bits") is int bits and (2 or 4 or 8)
            ? bits
            : throw EncodingCatalog.Unsupported($"gptq with {settings.Integer("bits")} bits");
        _groupSize = settings.IntegerOrNull("group_size") switch
        {
            null or -1 => int.MaxValue,
            int size and > 0 => size,
            _ => throw settings.Fault("group_size", "a positive integer or -1"),
        };
        _zeroOffset = (settings.TextOrNull("checkpoint_format") ?? "gptq") switch
        {
            "gptq" => -1,
            "gptq_v2" => 0,
            string other => throw EncodingCatalog.Unsupported($"gptq checkpoint_format {Spelling.OneLine(other)}"),
        };
    }

    /// <inheritdoc/>
    public override string Name => $"gptq int{_bits} " + (_groupSize == int.MaxValue ? "channel" : $"g{_groupSize}");

    /// <inheritdoc/>
    public override IEnumerable<CheckpointTensor> Decode(StoredTensors stored)
    {
        foreach (string name in stored.Stems(".qweight"))
        {
            StoredTensor weights = stored.Take(name + ".qweight")!;
            yield return Build(
                name + ".weight", weights, stored.Take(name + ".qzeros", weights), stored.Take(name + ".scales", weights), stored.Take(name + ".g_idx"));
        }
    }

    private CheckpointTensor Build(string name, StoredTensor weights, StoredTensor zeros, StoredTensor scales, StoredTensor? index)
    {
        if (weights.Info.Shape is not [long words, long outputs] || words > int.MaxValue / 16 || outputs > int.MaxValue)
        {
            throw new InvalidCheckpointException($"{weights.Place}: {Spelling.Shape(weights.Info.Shape)}; expected [inputs * bits / 32, outputs]");
        }

        int inputs = (int)words * (32 / _bits);
        int groups = Groups(scales, inputs, (int)outputs, index);
        PackedDown codes = new(weights, inputs, (int)outputs, _bits, offset: 0);
        PackedAcross points = new(zeros, groups, (int)outputs, _bits, _zeroOffset, []);
        ScaledSource source = new(
            new TransposedSource(codes, Granularity),
            new TransposedSource(points, Granularity),
            new TransposedSource(StoredSource.Of(scales), Granularity),
            new ScaleGrid(Math.Max(1, outputs), 1, _groupSize),
            index);
        StoredTensor?[] parts = [weights, zeros, scales, index];
        return new CheckpointTensor(name, [outputs, inputs], source, [.. parts.OfType<StoredTensor>().Select(static p => p.Info.Name)]);
    }

    private int Groups(StoredTensor scales, int inputs, int outputs, StoredTensor? index)
    {
        long groups = ScaleGrid.Blocks(inputs, _groupSize);
        if (index is not null)
        {
            // The index may name groups of any size; then the scales alone say how many there are.
            Packing.Check(index, [DType.I32], [inputs]);
            groups = scales.Info.Shape is [long stored and > 0 and <= int.MaxValue, _] ? stored : groups;
        }

        Packing.Check(scales, [DType.F16, DType.BF16, DType.F32], [groups, outputs]);
        return (int)groups;
    }
}
