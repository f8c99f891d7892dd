using System.Buffers;
using ModelPack.Models.Tensors;
using ModelPack.Models.Tensors.Kernels;

namespace ModelPack.Models.Checkpoints;

/// <summary>A stored tensor of a plain type, widened element by element.</summary>
internal sealed class StoredSource : PanelSource
{
    /// <summary>Bytes read at a time.</summary>
    private const int Piece = 1 << 20;

    private readonly StoredTensor _tensor;
    private readonly DType _type;
    private readonly int _bits;
    private readonly Widen.Kernel _widen;

    private StoredSource(StoredTensor tensor, DType type, Widen.Kernel widen, long rows, int columns)
        : base(rows, columns)
    {
        (_tensor, _type, _widen, _bits) = (tensor, type, widen, type.Bits());
    }

    public override DType NaturalType => _type switch
    {
        DType.F16 => DType.F16,
        DType.BF16 or DType.F8E4M3 or DType.F8E5M2 or DType.F8E8M0 or DType.F4 => DType.BF16,
        _ => DType.F32,
    };

    /// <summary>The tensor in its own shape.</summary>
    /// <exception cref="UnsupportedModelException">A type that holds no real numbers, or whose packing no model uses.</exception>
    public static StoredSource Of(StoredTensor tensor)
    {
        (long rows, int columns) = Matrix.Of(tensor);
        return Of(tensor, rows, columns);
    }

    /// <summary>The tensor seen as another matrix of as many elements, or U8 bytes seen as the type they pack.</summary>
    /// <exception cref="UnsupportedModelException">A type that holds no real numbers, or whose packing no model uses.</exception>
    public static StoredSource Of(StoredTensor tensor, long rows, int columns, DType? packed = null)
    {
        DType type = packed ?? tensor.Info.Type;
        if ((Int128)rows * columns * type.Bits() != (Int128)tensor.Info.Location.Length * 8)
        {
            throw new ArgumentException($"{tensor.Place}: is not {rows} rows of {columns}", nameof(tensor));
        }

        return new StoredSource(tensor, type, KernelOf(type) ?? throw Unreadable(tensor), rows, columns);
    }

    public override void ReadPanel(long firstRow, int rows, int firstColumn, int columns, Span<float> destination)
    {
        if (columns == Columns)
        {
            ReadRun(firstRow * Columns, destination);
            return;
        }

        for (int row = 0; row < rows; row++)
        {
            ReadRun(((firstRow + row) * Columns) + firstColumn, destination.Slice(row * columns, columns));
        }
    }

    private void ReadRun(long element, Span<float> destination)
    {
        int atOnce = Piece * 8 / _bits;
        byte[] bytes = ArrayPool<byte>.Shared.Rent((int)Math.Min(Piece, ((long)destination.Length * _bits / 8) + 2));
        try
        {
            while (!destination.IsEmpty)
            {
                // Two F4 elements share a byte: a run that starts in the middle of one takes a single element first.
                long bit = element * _bits;
                int inByte = (int)(bit % 8);
                int count = inByte > 0 ? 1 : Math.Min(atOnce, destination.Length);
                Span<byte> piece = bytes.AsSpan(0, (int)((inByte + ((long)count * _bits) + 7) / 8));
                _tensor.Read(bit / 8, piece);
                if (inByte > 0)
                {
                    piece[0] >>= inByte;
                }

                _widen(piece, destination[..count]);
                destination = destination[count..];
                element += count;
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(bytes);
        }
    }

    private static Widen.Kernel? KernelOf(DType type) => type switch
    {
        DType.F64 => Widen.F64,
        DType.F32 => Widen.F32,
        DType.F16 => Widen.F16,
        DType.BF16 => Widen.BF16,
        DType.F8E4M3 => Widen.F8E4M3,
        DType.F8E5M2 => Widen.F8E5M2,
        DType.F8E8M0 => Widen.F8E8M0,
        DType.F4 => Widen.F4,
        DType.I64 => Widen.I64,
        DType.U64 => Widen.U64,
        DType.I32 => Widen.I32,
        DType.U32 => Widen.U32,
        DType.I16 => Widen.I16,
        DType.U16 => Widen.U16,
        DType.I8 => Widen.I8,
        DType.U8 => Widen.U8,
        DType.Bool => Widen.Bool,
        _ => null,
    };

    private static UnsupportedModelException Unreadable(StoredTensor tensor) =>
        new($"{tensor.Place}: {tensor.Info.Type} weights; expected real numbers of 4, 8, 16, 32 or 64 bits");
}
