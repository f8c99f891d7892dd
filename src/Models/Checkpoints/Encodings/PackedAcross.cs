using System.Buffers;
using ModelPack.Models.Tensors;
using ModelPack.Models.Tensors.Kernels;

namespace ModelPack.Models.Checkpoints.Encodings;

/// <summary>Integer codes whose neighbors within a row share an int32 word, from the low bits up.</summary>
internal sealed class PackedAcross : PanelSource
{
    private const int Piece = 1 << 20;

    /// <summary>Where AWQ's "gemm" layout puts each of a word's eight codes.</summary>
    public static readonly byte[] AwqOrder = [0, 4, 1, 5, 2, 6, 3, 7];

    private readonly StoredTensor _words;
    private readonly int _bits;
    private readonly float _offset;
    private readonly byte[] _order;
    private readonly long _rowBytes;

    /// <param name="words">I32 of <paramref name="rows"/> rows; the last word of a row may be partly used.</param>
    /// <param name="rows">Rows.</param>
    /// <param name="columns">Codes a row.</param>
    /// <param name="bits">Bits a code.</param>
    /// <param name="offset">Subtracted from every code.</param>
    /// <param name="order">Place in the word of each of its codes; empty where they lie in order.</param>
    public PackedAcross(StoredTensor words, long rows, int columns, int bits, int offset, byte[] order)
        : base(rows, columns)
    {
        (_words, _bits, _offset, _order) = (words, bits, offset, order);
        _rowBytes = Packing.Words(columns, bits) * 4;
        Packing.Check(words, rows, Packing.Words(columns, bits));
    }

    public override DType NaturalType => DType.BF16;

    public override void ReadPanel(long firstRow, int rows, int firstColumn, int columns, Span<float> destination)
    {
        int perWord = 32 / _bits;
        int firstWord = firstColumn / perWord;
        int width = (((firstColumn + columns - 1) / perWord) + 1 - firstWord) * 4;
        int atOnce = Math.Min(rows, Math.Max(1, Piece / width));
        byte[] bytes = ArrayPool<byte>.Shared.Rent(checked(atOnce * width));
        try
        {
            for (int row = 0; row < rows; row += atOnce)
            {
                int count = Math.Min(atOnce, rows - row);
                _words.ReadPanel(_rowBytes, firstRow + row, firstWord * 4L, width, bytes.AsSpan(0, count * width));
                for (int r = 0; r < count; r++)
                {
                    Unpack.Across(
                        bytes.AsSpan(r * width, width), firstColumn % perWord, _bits, _order, _offset, destination.Slice((row + r) * columns, columns));
                }
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(bytes);
        }
    }
}
