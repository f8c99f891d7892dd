using ModelPack.Models.Tensors;

namespace ModelPack.Models.Checkpoints.Encodings;

/// <summary>compressed-tensors' pack-quantized integers: weight_packed, weight_scale, weight_shape, weight_zero_point, weight_g_idx.</summary>
/// <remarks>
/// Codes are stored plus 2^(bits - 1). Zero points are packed in the same way, down the rows; writers before that stored them as int8.
/// </remarks>
internal static class PackedWeights
{
    private static readonly DType[] Floats = [DType.BF16, DType.F16, DType.F32];

    /// <summary>Claims every "X.weight_packed" with its companions as "X.weight".</summary>
    public static IEnumerable<CheckpointTensor> Claim(StoredTensors stored, IReadOnlyList<WeightGroup> groups)
    {
        foreach (string name in stored.Stems("_packed"))
        {
            StoredTensor packed = stored.Take(name + "_packed")!;
            yield return Build(
                name,
                groups,
                packed,
                stored.Take(name + "_scale", packed),
                stored.Take(name + "_shape", packed),
                stored.Take(name + "_zero_point"),
                stored.Take(name + "_g_idx"));
        }
    }

    private static CheckpointTensor Build(
        string name,
        IReadOnlyList<WeightGroup> groups,
        StoredTensor packed,
        StoredTensor scale,
        StoredTensor shape,
        StoredTensor? zero,
        StoredTensor? index)
    {
        (long rows, int columns) = ReadShape(shape);
        WeightGroup group = groups.FirstOrDefault(g => Fits(g, rows, columns, packed, scale)) ?? throw new InvalidCheckpointException(
            $"{packed.Place}: {packed.Info.Type} {Spelling.Shape(packed.Info.Shape)} with scales {Spelling.Shape(scale.Info.Shape)} for weights "
            + $"{Spelling.Shape([rows, columns])}; expected a packing that config.json names: {string.Join(", ", groups.Select(static g => g.Name))}");
        int scaleColumns = scale.Info.Count == 1 ? 1 : (int)scale.Info.Shape[^1];
        long scaleRows = scale.Info.Count == 1 ? 1 : rows;
        Packing.Check(scale, Floats, [.. scale.Info.Shape]);
        ScaleGrid grid = scale.Info.Count == 1
            ? new ScaleGrid(rows, rows, int.MaxValue)
            : new ScaleGrid(rows, 1, group.Block?.Columns ?? int.MaxValue);
        bool unsigned = zero?.Info.Type == DType.I32;
        ScaledSource weights = new(
            new PackedAcross(packed, rows, columns, group.Bits, unsigned ? 0 : 1 << (group.Bits - 1), []),
            zero is null ? null : ZeroPoints(zero, scaleRows, scaleColumns, group.Bits),
            StoredSource.Of(scale, scaleRows, scaleColumns),
            grid,
            CheckIndex(index, columns));
        StoredTensor?[] parts = [packed, scale, shape, zero, index];
        return new CheckpointTensor(name, [rows, columns], weights, [.. parts.OfType<StoredTensor>().Select(static p => p.Info.Name)]);
    }

    private static TensorSource ZeroPoints(StoredTensor zero, long rows, int columns, int bits)
    {
        if (zero.Info.Type == DType.I32)
        {
            return new PackedDown(zero, rows, columns, bits, offset: 0);
        }

        Packing.Check(zero, [DType.I8], [rows, columns]);
        return StoredSource.Of(zero);
    }

    private static StoredTensor? CheckIndex(StoredTensor? index, int columns)
    {
        if (index is not null)
        {
            Packing.Check(index, [DType.I32, DType.I64], [columns]);
        }

        return index;
    }

    private static (long Rows, int Columns) ReadShape(StoredTensor shape)
    {
        Packing.Check(shape, [DType.I32, DType.I64], [2]);
        float[] read = new float[2];
        StoredSource.Of(shape, 1, 2).Read(0, read);

        // A float holds sizes up to 2^24 exactly, and no dimension of a model comes near it.
        return read[0] is >= 0 and <= 1 << 24 && read[1] is >= 1 and <= 1 << 24
            ? ((long)read[0], (int)read[1])
            : throw new InvalidCheckpointException($"{shape.Place}: [{read[0]}, {read[1]}]; expected two sizes up to {1 << 24}");
    }

    private static bool Fits(WeightGroup group, long rows, int columns, StoredTensor packed, StoredTensor scale)
    {
        long scales = group.Block is (_, int width) ? ScaleGrid.Blocks(columns, width) : 1;
        bool single = group.Strategy == "tensor" && scale.Info.Count == 1;
        return packed.Info.Shape.SequenceEqual([rows, Packing.Words(columns, group.Bits)])
            && (single || scale.Info.Shape.SequenceEqual([rows, scales]));
    }
}
