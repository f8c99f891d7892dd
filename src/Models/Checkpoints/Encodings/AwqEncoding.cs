using ModelPack.Models.Tensors;
using ModelPack.Models.Tensors.Views;

namespace ModelPack.Models.Checkpoints.Encodings;

/// <summary>AWQ in its "gemm" layout: eight outputs an int32 word, interleaved 0 2 4 6 1 3 5 7; zero points likewise.</summary>
/// <remarks>Matrices are stored input by output. Source of the format: github.com/casper-hansen/AutoAWQ, utils/packing_utils.py.</remarks>
internal sealed class AwqEncoding : WeightEncoding
{
    private const int Bits = 4;
    private const int Granularity = 512;

    private readonly int _groupSize;

    /// <param name="settings">quantization_config.</param>
    /// <exception cref="UnsupportedModelException">Another layout, or not 4 bits.</exception>
    public AwqEncoding(ModelConfig settings)
    {
        if (settings.Integer("bits") != Bits)
        {
            throw EncodingCatalog.Unsupported($"awq with {settings.Integer("bits")} bits");
        }

        string version = settings.TextOrNull("version") ?? "gemm";
        if (!version.Equals("gemm", StringComparison.OrdinalIgnoreCase))
        {
            throw EncodingCatalog.Unsupported($"awq version {Spelling.OneLine(version)}");
        }

        _groupSize = settings.Integer("group_size") switch
        {
            -1 => int.MaxValue,
            int size and > 0 => size,
            _ => throw settings.Fault("group_size", "a positive integer or -1"),
        };
    }

    /// <inheritdoc/>
    public override string Name => "awq int4 " + (_groupSize == int.MaxValue ? "channel" : $"g{_groupSize}");

    /// <inheritdoc/>
    public override IEnumerable<CheckpointTensor> Decode(StoredTensors stored)
    {
        foreach (string name in stored.Stems(".qweight"))
        {
            StoredTensor weights = stored.Take(name + ".qweight")!;
            yield return Build(name + ".weight", weights, stored.Take(name + ".qzeros", weights), stored.Take(name + ".scales", weights));
        }
    }

    private CheckpointTensor Build(string name, StoredTensor weights, StoredTensor zeros, StoredTensor scales)
    {
        if (weights.Info.Shape is not [long inputs, long words] || inputs > int.MaxValue || words > int.MaxValue / 8)
        {
            throw new InvalidCheckpointException($"{weights.Place}: {Spelling.Shape(weights.Info.Shape)}; expected [inputs, outputs / 8]");
        }

        int outputs = (int)words * 8;
        long groups = ScaleGrid.Blocks(inputs, _groupSize);
        Packing.Check(scales, [DType.F16, DType.BF16, DType.F32], [groups, outputs]);
        ScaledSource source = new(
            new TransposedSource(new PackedAcross(weights, inputs, outputs, Bits, offset: 0, PackedAcross.AwqOrder), Granularity),
            new TransposedSource(new PackedAcross(zeros, groups, outputs, Bits, offset: 0, PackedAcross.AwqOrder), Granularity),
            new TransposedSource(StoredSource.Of(scales), Granularity),
            new ScaleGrid(Math.Max(1, outputs), 1, _groupSize));
        return new CheckpointTensor(name, [outputs, inputs], source, [weights.Info.Name, zeros.Info.Name, scales.Info.Name]);
    }
}
