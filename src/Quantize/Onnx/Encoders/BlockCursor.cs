using System.Buffers.Binary;

namespace ModelPack.Quantize.Onnx.Encoders;

/// <summary>Walks the blocks of consecutive rows, and says where each is and where its bytes go.</summary>
/// <param name="grid">How rows are cut.</param>
/// <param name="weights">Number of weights, whole rows.</param>
internal ref struct BlockCursor(BlockGrid grid, int weights)
{
    private readonly int _rows = weights / grid.Columns;
    private int _row;
    private int _block;

    /// <summary>Whether there is a block here.</summary>
    public readonly bool IsInside => _row < _rows;

    /// <summary>Column of the first weight.</summary>
    public readonly int Column => _block * grid.Size;

    /// <summary>Index of the first weight.</summary>
    public readonly int First => (_row * grid.Columns) + Column;

    /// <summary>Number of weights; fewer than the block's size at the end of some rows.</summary>
    public readonly int Count => Math.Min(grid.Size, grid.Columns - Column);

    /// <summary>First byte of the codes.</summary>
    public readonly int FirstByte => (_row * grid.ValueBytes) + (Column * grid.Bits / 8);

    /// <summary>Bytes of the codes, padding included.</summary>
    public readonly int Bytes => grid.Blocks == 1 ? grid.ValueBytes : grid.Size * grid.Bits / 8;

    /// <summary>Goes to the next block.</summary>
    public void Next()
    {
        if (++_block == grid.Blocks)
        {
            (_row, _block) = (_row + 1, 0);
        }
    }

    /// <summary>Writes the scale of this block, and its zero point where there is one.</summary>
    public readonly void Store(BlockScale scale, Span<byte> scales, Span<byte> zeros)
    {
        if (grid.HasHalfScales)
        {
            BinaryPrimitives.WriteHalfLittleEndian(scales[(((_row * grid.Blocks) + _block) * 2)..], (Half)scale.Scale);
        }
        else
        {
            BinaryPrimitives.WriteSingleLittleEndian(scales[(((_row * grid.Blocks) + _block) * 4)..], scale.Scale);
        }

        if (!grid.IsSymmetric)
        {
            ref byte zero = ref zeros[(_row * grid.ZeroBytes) + (_block * grid.Bits / 8)];
            int shift = _block * grid.Bits % 8;
            zero = (byte)(shift == 0 ? scale.Zero : zero | (scale.Zero << shift));
        }
    }

    /// <summary>Reads what <see cref="Store"/> wrote.</summary>
    public readonly BlockScale Load(ReadOnlySpan<byte> scales, ReadOnlySpan<byte> zeros)
    {
        int place = (_row * grid.Blocks) + _block;
        float scale = grid.HasHalfScales
            ? (float)BinaryPrimitives.ReadHalfLittleEndian(scales[(place * 2)..])
            : BinaryPrimitives.ReadSingleLittleEndian(scales[(place * 4)..]);
        return new(scale, grid.IsSymmetric
            ? grid.Middle
            : (zeros[(_row * grid.ZeroBytes) + (_block * grid.Bits / 8)] >> (_block * grid.Bits % 8)) & grid.Top);
    }
}
