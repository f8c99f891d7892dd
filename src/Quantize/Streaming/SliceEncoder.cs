using ModelPack.Models;
using ModelPack.Quantize.Kernels;

namespace ModelPack.Quantize.Streaming;

/// <summary>Reads the rows of a slice, checks that they are numbers, and encodes them.</summary>
internal static class SliceEncoder
{
    /// <summary>Fills <see cref="SliceBuffers.Encoded"/>, one range after the other.</summary>
    /// <param name="tensor">The slice's tensor.</param>
    /// <param name="slice">Which rows.</param>
    /// <param name="buffers">Made to fit first.</param>
    /// <param name="measures">Whether the error is measured: decode and compare.</param>
    /// <returns>Squared error, zero unless measured.</returns>
    /// <exception cref="ModelPackException">A weight is not finite or too large, or the source cannot be read.</exception>
    public static SquaredError Encode(IStreamedTensor tensor, Slice slice, SliceBuffers buffers, bool measures)
    {
        buffers.Fit(tensor, slice.Rows, measures);
        SquaredError error = default;
        int height = SliceBuffers.RowsOfPiece(tensor, slice.Rows);
        int columns = tensor.Weights.Columns;
        IReadOnlyList<StreamedRange> ranges = tensor.Ranges;
        for (int row = 0; row < slice.Rows; row += height)
        {
            int rows = Math.Min(height, slice.Rows - row);
            Span<float> weights = buffers.Weights.AsSpan(0, rows * columns);
            EncodedRows encoded = EncodedRows.Of(buffers.Encoded, ranges, slice.Rows, row, rows);
            tensor.Weights.Read(slice.FirstRow + row, weights);
            Check(tensor, slice.FirstRow + row, weights);
            if (tensor.Solved is { } solved)
            {
                solved.Read(slice.FirstRow + row, rows, encoded);
            }
            else
            {
                EncodeRows(tensor, slice.FirstRow + row, weights, buffers, encoded);
            }

            if (measures)
            {
                Span<float> decoded = buffers.Decoded.AsSpan(0, weights.Length);
                tensor.Decode(encoded, decoded);
                error += SquaredError.Between(weights, decoded);
            }
        }

        return error;
    }

    private static void Check(IStreamedTensor tensor, long firstRow, ReadOnlySpan<float> weights)
    {
        int columns = tensor.Weights.Columns;
        int bad = FiniteScan.IndexOfNonFinite(weights);
        if (bad >= 0)
        {
            throw new InvalidCheckpointException(
                $"{tensor.Name}: row {firstRow + (bad / columns)}, column {bad % columns}: "
                + $"{weights[bad]}; expected a finite weight");
        }

        bad = tensor.Limit < float.MaxValue ? FiniteScan.IndexOfGreater(weights, tensor.Limit) : -1;
        if (bad >= 0)
        {
            throw new InvalidCheckpointException(
                $"{tensor.Name}: row {firstRow + (bad / columns)}, column {bad % columns}: "
                + $"{weights[bad]}; expected at most {tensor.Limit} in magnitude, the type holds no more");
        }
    }

    /// <summary>Encodes rows, each with the importance of its own matrix.</summary>
    private static void EncodeRows(
        IStreamedTensor tensor, long firstRow, ReadOnlySpan<float> weights, SliceBuffers buffers, EncodedRows encoded)
    {
        int columns = tensor.Weights.Columns;
        if (tensor.Importance is not { } values)
        {
            tensor.Encode(weights, [], encoded);
            return;
        }

        int all = weights.Length / columns;
        for (int row = 0; row < all;)
        {
            long matrix = (firstRow + row) / tensor.MatrixRows;
            int rows = (int)Math.Min(all - row, ((matrix + 1) * tensor.MatrixRows) - (firstRow + row));
            Span<float> importance = buffers.Importance.AsSpan(0, columns);
            values.Read(matrix * columns, importance);
            tensor.Encode(weights.Slice(row * columns, rows * columns), importance, encoded.Slice(row, rows, all));
            row += rows;
        }
    }
}
