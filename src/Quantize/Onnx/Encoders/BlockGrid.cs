using ModelPack.Models.Onnx;
using ModelPack.Models.Onnx.Export;

namespace ModelPack.Quantize.Onnx.Encoders;

/// <summary>How rows of one length are cut into blocks, and the bytes of a row in each of its initializers.</summary>
/// <remarks>As MatMulNBits, QMoE and GatherBlockQuantized of ONNX Runtime 1.29 read them; see <see cref="OnnxWeight"/>.</remarks>
internal sealed class BlockGrid
{
    /// <param name="format">Bits, block size, zero points, type of the scales.</param>
    /// <param name="columns">Length of a row, at least 1.</param>
    /// <param name="rowBytes">
    /// Bytes of codes a row, for one scale a row: an operator may want a row padded beyond its weights. 0 for no padding.
    /// </param>
    public BlockGrid(OnnxWeightFormat.Blocks format, int columns, int rowBytes = 0)
    {
        if (format.Bits is not (4 or 8) || format.BlockSize is not (0 or 16 or 32 or 64 or 128 or 256)
            || format.ScaleType is not (OnnxElementType.Float or OnnxElementType.Float16))
        {
            throw new ArgumentException($"{format} is no format of blocks.", nameof(format));
        }

        ArgumentOutOfRangeException.ThrowIfLessThan(columns, 1);
        (Bits, IsSymmetric, HasHalfScales, Columns) = (format.Bits, format.Symmetric, format.ScaleType == OnnxElementType.Float16, columns);
        Size = format.BlockSize == 0 ? columns : format.BlockSize;
        Blocks = (columns + Size - 1) / Size;
        int needed = checked((int)((((long)Blocks * Size * Bits) + 7) / 8));
        ValueBytes = format.BlockSize == 0 ? Math.Max(needed, rowBytes) : needed;
    }

    /// <summary>4 or 8.</summary>
    public int Bits { get; }

    /// <summary>Weights of a block; the whole row for one scale a row.</summary>
    public int Size { get; }

    /// <summary>Blocks of a row; the last may have fewer weights than the others.</summary>
    public int Blocks { get; }

    /// <summary>Length of a row.</summary>
    public int Columns { get; }

    /// <summary>Whether the middle code is zero, and no zero points are stored.</summary>
    public bool IsSymmetric { get; }

    /// <summary>Whether scales are half precision.</summary>
    public bool HasHalfScales { get; }

    /// <summary>The largest code.</summary>
    public int Top => (1 << Bits) - 1;

    /// <summary>The code that stands for zero where no zero point is stored.</summary>
    public int Middle => 1 << (Bits - 1);

    /// <summary>Bytes of codes a row: whole blocks, so the end of the last may be padding.</summary>
    public int ValueBytes { get; }

    /// <summary>Bytes of scales a row.</summary>
    public int ScaleBytes => checked(Blocks * (HasHalfScales ? 2 : 4));

    /// <summary>Bytes of zero points a row.</summary>
    public int ZeroBytes => IsSymmetric ? 0 : ((Blocks * Bits) + 7) / 8;

    /// <summary>The largest weight that a scale of this type reaches; beyond it a weight cannot be stored.</summary>
    public float Limit => HasHalfScales ? 65504f * (Middle - 1) : 1e37f;
}
