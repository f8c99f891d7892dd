using ModelPack.Models.Tensors;

namespace ModelPack.Models.Checkpoints.Encodings;

/// <summary>MXFP4 as gpt-oss stores it: X_blocks, 16 bytes for 32 e2m1 values with the low nibble first; X_scales, an e8m0 exponent each.</summary>
/// <remarks>Values are those of the OCP Microscaling Formats specification 1.0.</remarks>
internal sealed class Mxfp4Encoding : WeightEncoding
{
    private const int BlockBytes = 16;
    private const int BlockColumns = 32;

    /// <inheritdoc/>
    public override string Name => "mxfp4";

    /// <inheritdoc/>
    public override IEnumerable<CheckpointTensor> Decode(StoredTensors stored)
    {
        foreach (string name in stored.Stems("_blocks"))
        {
            StoredTensor blocks = stored.Take(name + "_blocks")!;
            yield return Build(name, blocks, stored.Take(name + "_scales", blocks));
        }
    }

    private static CheckpointTensor Build(string name, StoredTensor blocks, StoredTensor scales)
    {
        if (blocks.Info.Shape is not [.., long count and <= int.MaxValue / BlockColumns, BlockBytes] || blocks.Info.Type != DType.U8)
        {
            throw new InvalidCheckpointException(
                $"{blocks.Place}: {blocks.Info.Type} {Spelling.Shape(blocks.Info.Shape)}; expected U8 [..., blocks, {BlockBytes}]");
        }

        Packing.Check(scales, [DType.U8, DType.F8E8M0], [.. blocks.Info.Shape.SkipLast(1)]);
        long[] shape = [.. blocks.Info.Shape.SkipLast(2), count * BlockColumns];
        (long rows, int columns) = Matrix.Of(shape, blocks.Place);
        ScaledSource source = new(
            StoredSource.Of(blocks, rows, columns, DType.F4),
            zeros: null,
            StoredSource.Of(scales, rows, (int)count, DType.F8E8M0),
            new ScaleGrid(Math.Max(1, rows), 1, BlockColumns));
        return new CheckpointTensor(name, shape, source, [blocks.Info.Name, scales.Info.Name]);
    }
}
