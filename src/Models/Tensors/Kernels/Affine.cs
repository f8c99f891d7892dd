using System.Runtime.Intrinsics;

namespace ModelPack.Models.Tensors.Kernels;

/// <summary>(code - zero) * scale in float32, the arithmetic of every integer and fp8 encoding.</summary>
/// <remarks>Difference and product are rounded separately; codes and zeros are small integers, so the difference is exact.</remarks>
internal static class Affine
{
    /// <summary>One row whose neighboring columns share a scale.</summary>
    /// <param name="row">Codes on entry, weights on return.</param>
    /// <param name="scales">One scale for each block of columns; the last block may be cropped.</param>
    /// <param name="zeros">As many zero points, or empty for none.</param>
    /// <param name="blockColumns">Columns that share a scale.</param>
    public static void Blocks(Span<float> row, ReadOnlySpan<float> scales, ReadOnlySpan<float> zeros, int blockColumns)
    {
        for (int block = 0; !row.IsEmpty; block++)
        {
            int count = Math.Min(blockColumns, row.Length);
            Block(row[..count], scales[block], zeros.IsEmpty ? 0 : zeros[block]);
            row = row[count..];
        }
    }

    /// <summary>One row whose columns name their group: column c has the scale <c>scales[groups[c]]</c>.</summary>
    /// <param name="row">Codes on entry, weights on return.</param>
    /// <param name="scales">One scale for each group.</param>
    /// <param name="zeros">As many zero points, or empty for none.</param>
    /// <param name="groups">Group of each column.</param>
    public static void Gathered(Span<float> row, ReadOnlySpan<float> scales, ReadOnlySpan<float> zeros, ReadOnlySpan<float> groups)
    {
        for (int c = 0; c < row.Length; c++)
        {
            int group = (int)groups[c];
            row[c] = (row[c] - (zeros.IsEmpty ? 0 : zeros[group])) * scales[group];
        }
    }

    private static void Block(Span<float> weights, float scale, float zero)
    {
        int i = 0;
        for (; i <= weights.Length - Vector256<float>.Count; i += Vector256<float>.Count)
        {
            Vector256<float> codes = Vector256.Create((ReadOnlySpan<float>)weights[i..]);
            ((codes - Vector256.Create(zero)) * Vector256.Create(scale)).CopyTo(weights[i..]);
        }

        for (; i < weights.Length; i++)
        {
            weights[i] = (weights[i] - zero) * scale;
        }
    }
}
