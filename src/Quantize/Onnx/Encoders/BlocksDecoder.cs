namespace ModelPack.Quantize.Onnx.Encoders;

/// <summary>Turns codes, scales and zero points back into weights: (code − zero point) · scale.</summary>
internal static class BlocksDecoder
{
    /// <summary>Decodes whole rows.</summary>
    public static void Decode(
        ReadOnlySpan<byte> values, ReadOnlySpan<byte> scales, ReadOnlySpan<byte> zeros, BlockGrid grid, Span<float> weights)
    {
        for (BlockCursor at = new(grid, weights.Length); at.IsInside; at.Next())
        {
            (float scale, int zero) = at.Load(scales, zeros);
            ReadOnlySpan<byte> codes = values.Slice(at.FirstByte, at.Bytes);
            Span<float> block = weights.Slice(at.First, at.Count);
            for (int j = 0; j < block.Length; j++)
            {
                int code = grid.Bits == 8 ? codes[j] : (codes[j / 2] >> (j % 2 * 4)) & 15;
                block[j] = (code - zero) * scale;
            }
        }
    }
}
