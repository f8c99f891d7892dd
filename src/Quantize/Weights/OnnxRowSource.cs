using System.Buffers;
using Microsoft.Win32.SafeHandles;
using ModelPack.Models;
using ModelPack.Models.Tensors;
using ModelPack.Quantize.Onnx.Encoders;

namespace ModelPack.Quantize.Weights;

/// <summary>A weight of an ONNX folder as the numbers that its codes and scales stand for.</summary>
/// <param name="weight">Where it lies.</param>
/// <param name="files">Open data files by name.</param>
internal sealed class OnnxRowSource(OnnxStoredWeight weight, IReadOnlyDictionary<string, SafeFileHandle> files)
    : TensorSource(weight.Rows, weight.Columns)
{
    private const int StretchWeights = 1 << 18;

    /// <inheritdoc/>
    public override DType NaturalType => DType.F32;

    /// <inheritdoc/>
    public override void Read(long firstRow, Span<float> destination)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(firstRow);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(firstRow, Rows - (destination.Length / Columns));
        int most = Math.Max(1, StretchWeights / Columns);
        byte[] bytes = ArrayPool<byte>.Shared.Rent(checked(weight.Parts.Sum(static p => p.RowBytes) * Math.Min(most, Math.Max(1, destination.Length / Columns))));
        try
        {
            while (!destination.IsEmpty)
            {
                int rows = Math.Min(most, destination.Length / Columns);
                Decode(firstRow, rows, bytes, destination[..(rows * Columns)]);
                destination = destination[(rows * Columns)..];
                firstRow += rows;
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(bytes);
        }
    }

    private void Decode(long firstRow, int rows, byte[] bytes, Span<float> weights)
    {
        Span<int> starts = stackalloc int[4];
        for (int i = 0; i < weight.Parts.Count; i++)
        {
            (string file, long offset, int rowBytes) = weight.Parts[i];
            starts[i + 1] = starts[i] + (rowBytes * rows);
            ReadAll(file, offset + (firstRow * rowBytes), bytes.AsSpan(starts[i], rowBytes * rows));
        }

        for (int i = weight.Parts.Count + 1; i < starts.Length; i++)
        {
            starts[i] = starts[i - 1];
        }

        ReadOnlySpan<byte> values = bytes.AsSpan(starts[0], starts[1] - starts[0]);
        if (weight.Grid is { } grid)
        {
            BlocksDecoder.Decode(values, bytes.AsSpan(starts[1], starts[2] - starts[1]), bytes.AsSpan(starts[2], starts[3] - starts[2]), grid, weights);
        }
        else
        {
            weight.Plain!.Decode(values, weights);
        }
    }

    private void ReadAll(string file, long offset, Span<byte> destination)
    {
        while (!destination.IsEmpty)
        {
            int read = RandomAccess.Read(files[file], destination, offset);
            if (read == 0)
            {
                throw new InvalidCheckpointException($"{file}: {weight.Role}: the file ends too early: {destination.Length} bytes expected at byte {offset}");
            }

            destination = destination[read..];
            offset += read;
        }
    }
}
