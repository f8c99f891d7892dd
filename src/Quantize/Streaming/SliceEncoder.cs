using ModelPack.Models;
using ModelPack.Quantize.Kernels;
using ModelPack.Quantize.Plans;

namespace ModelPack.Quantize.Streaming;

/// <summary>Reads the rows of a slice, checks that they are numbers, and encodes them.</summary>
internal static class SliceEncoder
{
    /// <summary>Fills <see cref="SliceBuffers.Encoded"/>.</summary>
    /// <param name="tensor">The slice's tensor.</param>
    /// <param name="slice">Which rows.</param>
    /// <param name="type">Encodes the tensor's type.</param>
    /// <param name="buffers">Made to fit first.</param>
    /// <param name="measures">Whether the error is measured: decode and compare.</param>
    /// <returns>Squared error, zero unless measured.</returns>
    /// <exception cref="ModelPackException">A weight is not finite, or the source cannot be read.</exception>
    public static SquaredError Encode(PlannedTensor tensor, Slice slice, QuantType type, SliceBuffers buffers, bool measures)
    {
        buffers.Fit(tensor, slice.Rows, measures);
        SquaredError error = default;
        int height = SliceBuffers.RowsOfPiece(tensor, slice.Rows);
        int columns = tensor.Weights.Columns;
        for (int row = 0; row < slice.Rows; row += height)
        {
            int rows = Math.Min(height, slice.Rows - row);
            Span<float> weights = buffers.Weights.AsSpan(0, rows * columns);
            Span<byte> encoded = buffers.Encoded.AsSpan(
                (int)tensor.Type.SizeOf((long)row * columns), (int)tensor.Type.SizeOf(weights.Length));
            tensor.Weights.Read(slice.FirstRow + row, weights);
            int bad = FiniteScan.IndexOfNonFinite(weights);
            if (bad >= 0)
            {
                throw new InvalidCheckpointException(
                    $"{tensor.Name}: row {slice.FirstRow + row + (bad / columns)}, column {bad % columns}: "
                    + $"{weights[bad]}; expected a finite weight");
            }

            EncodeRows(tensor, slice.FirstRow + row, type, weights, buffers, encoded);
            if (measures)
            {
                Span<float> decoded = buffers.Decoded.AsSpan(0, weights.Length);
                type.Decode(encoded, decoded);
                error += SquaredError.Between(weights, decoded);
            }
        }

        return error;
    }

    /// <summary>Encodes rows, each with the importance of its own matrix.</summary>
    private static void EncodeRows(
        PlannedTensor tensor, long firstRow, QuantType type, ReadOnlySpan<float> weights, SliceBuffers buffers, Span<byte> encoded)
    {
        int columns = tensor.Weights.Columns;
        if (tensor.Importance is not { } values)
        {
            type.Encode(weights, columns, [], encoded);
            return;
        }

        while (!weights.IsEmpty)
        {
            long matrix = firstRow / tensor.MatrixRows;
            int rows = (int)Math.Min(weights.Length / columns, ((matrix + 1) * tensor.MatrixRows) - firstRow);
            int bytes = (int)tensor.Type.SizeOf((long)rows * columns);
            Span<float> importance = buffers.Importance.AsSpan(0, columns);
            values.Read(matrix * columns, importance);
            type.Encode(weights[..(rows * columns)], columns, importance, encoded[..bytes]);
            weights = weights[(rows * columns)..];
            encoded = encoded[bytes..];
            firstRow += rows;
        }
    }
}
