using System.Buffers;
using ModelPack.Models.Tensors;
using ModelPack.Models.Tensors.Kernels;

namespace ModelPack.Models.Checkpoints.Encodings;

/// <summary>Integer codes whose neighbors within a column share an int32 word, from the low bits up.</summary>
internal sealed class PackedDown : PanelSource
{
    private const int Piece = 1 << 20;

    private readonly StoredTensor _words;
    private readonly int _bits;
    private readonly float _offset;

    /// <param name="words">I32 of <paramref name="columns"/> columns; the words of the last row may be partly used.</param>
    /// <param name="rows">Rows of codes.</param>
    /// <param name="columns">Columns.</param>
    /// <param name="bits">Bits a code.</param>
    /// <param name="offset">Subtracted from every code.</param>
    public PackedDown(StoredTensor words, long rows, int columns, int bits, int offset)
        : base(rows, columns)
    {
        (_words, _bits, _offset) = (words, bits, offset);
        Packing.Check(words, Packing.Words(rows, bits), columns);
    }

    public override DType NaturalType => DType.BF16;

    public override void ReadPanel(long firstRow, int rows, int firstColumn, int columns, Span<float> destination)
    {
        int perWord = 32 / _bits;
        int width = checked(columns * 4);
        long lastWordRow = (firstRow + rows - 1) / perWord;
        int atOnce = (int)Math.Min(lastWordRow + 1 - (firstRow / perWord), Math.Max(1, Piece / width));
        byte[] bytes = ArrayPool<byte>.Shared.Rent(checked(atOnce * width));
        try
        {
            long row = firstRow;
            for (long wordRow = firstRow / perWord; wordRow <= lastWordRow; wordRow += atOnce)
            {
                int count = (int)Math.Min(atOnce, lastWordRow + 1 - wordRow);
                _words.ReadPanel(Columns * 4L, wordRow, firstColumn * 4L, width, bytes.AsSpan(0, count * width));
                long end = Math.Min(firstRow + rows, (wordRow + count) * perWord);
                for (; row < end; row++)
                {
                    int at = (int)((row / perWord) - wordRow) * width;
                    Span<float> target = destination.Slice((int)(row - firstRow) * columns, columns);
                    Unpack.Down(bytes.AsSpan(at, width), (int)(row % perWord), _bits, _offset, target);
                }
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(bytes);
        }
    }
}
