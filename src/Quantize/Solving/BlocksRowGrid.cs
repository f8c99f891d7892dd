using System.Buffers.Binary;
using System.Globalization;
using ModelPack.Models.Onnx.Export;
using ModelPack.Quantize.Onnx.Encoders;
using ModelPack.Quantize.Streaming;

namespace ModelPack.Quantize.Solving;

/// <summary>Rows of 4-bit or 8-bit blocks of an ONNX weight.</summary>
internal sealed class BlocksRowGrid(BlockGrid grid, OnnxWeightFormat.Blocks format)
    : RowGrid(NameOf(format), grid.Columns, new(grid.Size, grid.Blocks, grid.Top), grid.ValueBytes, grid.ScaleBytes, grid.ZeroBytes)
{
    internal override bool HasFreeSteps => true;

    internal override void Encode(ReadOnlySpan<float> weights, ReadOnlySpan<float> importance, EncodedRows output) =>
        BlocksKernel.Best(weights, grid, importance, output.Values, output.Scales, output.Zeros);

    internal override void ReadGrid(EncodedRows rows, Span<LevelStep> steps)
    {
        int i = 0;
        for (BlockCursor at = new(grid, steps.Length / grid.Blocks * grid.Columns); at.IsInside; at.Next())
        {
            (float scale, int zero) = at.Load(rows.Scales, rows.Zeros);
            steps[i++] = new(scale, 0, -zero);
        }
    }

    internal override void SetCodes(ReadOnlySpan<byte> codes, EncodedRows rows)
    {
        for (BlockCursor at = new(grid, codes.Length); at.IsInside; at.Next())
        {
            ReadOnlySpan<byte> from = codes.Slice(at.First, at.Count);
            Span<byte> to = rows.Values.Slice(at.FirstByte, at.Bytes);
            if (grid.Bits == 8)
            {
                from.CopyTo(to);
                continue;
            }

            for (int j = 0; j + 1 < from.Length; j += 2)
            {
                to[j / 2] = (byte)(from[j] | (from[j + 1] << 4));
            }

            if (from.Length % 2 == 1)
            {
                // The other half is padding, which the encoder filled.
                ref byte last = ref to[from.Length / 2];
                last = (byte)((last & 0xF0) | from[^1]);
            }
        }
    }

    internal override float SetStep(int row, int run, float step, EncodedRows rows)
    {
        float stored = BlockScale.Store(step, grid.HasHalfScales);
        int at = (row * grid.Blocks) + run;
        if (grid.HasHalfScales)
        {
            BinaryPrimitives.WriteHalfLittleEndian(rows.Scales[(at * 2)..], (Half)stored);
        }
        else
        {
            BinaryPrimitives.WriteSingleLittleEndian(rows.Scales[(at * 4)..], stored);
        }

        return stored;
    }

    internal override void Decode(EncodedRows rows, Span<float> weights) =>
        BlocksDecoder.Decode(rows.Values, rows.Scales, rows.Zeros, grid, weights);

    private static string NameOf(OnnxWeightFormat.Blocks format) => string.Create(
        CultureInfo.InvariantCulture,
        $"int{format.Bits} {(format.BlockSize == 0 ? "row" : $"g{format.BlockSize}")} {(format.Symmetric ? "sym" : "asym")}");
}
