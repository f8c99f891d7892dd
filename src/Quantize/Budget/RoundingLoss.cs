using ModelPack.Models.Tensors;
using ModelPack.Quantize.Onnx.Encoders;

namespace ModelPack.Quantize.Budget;

/// <summary>The output error that storing a matrix as a type gives, estimated on some of its rows.</summary>
internal static class RoundingLoss
{
    /// <summary>Rows of a matrix that are tried; evenly spaced.</summary>
    private const int MostRows = 128;

    /// <summary>Encodes and decodes a row.</summary>
    /// <param name="row">Weights.</param>
    /// <param name="importance">One number a column.</param>
    /// <param name="decoded">Filled.</param>
    internal delegate void RoundTrip(ReadOnlySpan<float> row, ReadOnlySpan<float> importance, Span<float> decoded);

    /// <summary>A type.</summary>
    /// <param name="Round">Rounds to it.</param>
    /// <param name="MayBeSolved">Whether its codes can be chosen one by one.</param>
    internal readonly record struct Candidate(RoundTrip Round, bool MayBeSolved);

    /// <summary><c>Σ h_j w_j²</c> and, for each type, <c>Σ h_j Δ_j²</c>, scaled up to all rows.</summary>
    /// <param name="weights">Rows.</param>
    /// <param name="firstRow">First row of the matrix.</param>
    /// <param name="rows">Rows of the matrix.</param>
    /// <param name="importance">Mean squared inputs, one a column.</param>
    /// <param name="pivots">What counts in place of h where a type is solved; null where all are rounded.</param>
    /// <param name="types">What is tried.</param>
    public static (double Energy, double[] Losses) Measure(
        TensorSource weights, long firstRow, long rows, float[] importance, float[]? pivots, IReadOnlyList<Candidate> types)
    {
        long tried = Math.Min(rows, MostRows);
        float[] row = new float[weights.Columns];
        float[] decoded = new float[weights.Columns];
        double energy = 0;
        double[] losses = new double[types.Count];
        for (long i = 0; i < tried; i++)
        {
            weights.Read(firstRow + (i * rows / tried), row);
            energy += Squares(row, [], importance);
            for (int type = 0; type < types.Count; type++)
            {
                types[type].Round(row, importance, decoded);
                losses[type] += Squares(row, decoded, types[type].MayBeSolved && pivots is not null ? pivots : importance);
            }
        }

        double scale = tried == 0 ? 0 : (double)rows / tried;
        return (energy * scale, [.. losses.Select(l => l * scale)]);
    }

    /// <summary>A type of GGUF.</summary>
    public static RoundTrip Of(QuantType type, int columns)
    {
        byte[] bytes = new byte[type.Storage.SizeOf(columns)];
        return (row, importance, decoded) =>
        {
            type.Encode(row, columns, importance, bytes);
            type.Decode(bytes, decoded);
        };
    }

    /// <summary>Blocks of ONNX.</summary>
    public static RoundTrip Of(BlockGrid grid)
    {
        (byte[] values, byte[] scales, byte[] zeros) = (new byte[grid.ValueBytes], new byte[grid.ScaleBytes], new byte[grid.ZeroBytes]);
        return (row, importance, decoded) =>
        {
            BlocksKernel.Best(row, grid, importance, values, scales, zeros);
            BlocksDecoder.Decode(values, scales, zeros, grid, decoded);
        };
    }

    private static double Squares(ReadOnlySpan<float> row, ReadOnlySpan<float> decoded, ReadOnlySpan<float> importance)
    {
        double sum = 0;
        for (int i = 0; i < row.Length; i++)
        {
            double difference = row[i] - (decoded.IsEmpty ? 0 : decoded[i]);
            sum += difference * difference * importance[i];
        }

        return sum;
    }
}
