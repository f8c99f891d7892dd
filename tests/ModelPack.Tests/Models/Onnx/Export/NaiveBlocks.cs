using ModelPack.Models.Onnx;
using ModelPack.Models.Onnx.Export;

namespace ModelPack.Tests.Models.Onnx.Export;

/// <summary>Rounding to blocks, the plainest way: what the layout of an <see cref="OnnxWeight"/> means.</summary>
internal static class NaiveBlocks
{
    /// <summary>Encodes one row.</summary>
    /// <param name="row">The weights.</param>
    /// <param name="format">Bits, block size, symmetry.</param>
    /// <returns>Codes, scales and zero points as they are stored, and the row as it reads back.</returns>
    public static (byte[] Codes, float[] Scales, byte[] Zeros, float[] Decoded) Encode(ReadOnlySpan<float> row, OnnxWeightFormat.Blocks format)
    {
        int size = format.BlockSize == 0 ? row.Length : format.BlockSize;
        int blocks = (row.Length + size - 1) / size;
        int top = (1 << format.Bits) - 1;
        int[] codes = new int[blocks * size];
        int[] zeros = new int[blocks];
        float[] scales = new float[blocks];
        float[] decoded = new float[row.Length];
        for (int b = 0; b < blocks; b++)
        {
            ReadOnlySpan<float> block = row.Slice(b * size, Math.Min(size, row.Length - (b * size)));
            (float low, float high) = (0, 0);
            foreach (float weight in block)
            {
                (low, high) = (Math.Min(low, weight), Math.Max(high, weight));
            }

            float scale = format.Symmetric ? Math.Max(-low, high) / ((top - 1) / 2) : (high - low) / top;
            scale = scale == 0 ? 1 : format.ScaleType == OnnxElementType.Float16 ? (float)(Half)scale : scale;
            int zero = format.Symmetric ? (top + 1) / 2 : (int)MathF.Round(-low / scale);
            (scales[b], zeros[b]) = (scale, zero);
            for (int i = 0; i < block.Length; i++)
            {
                int code = Math.Clamp((int)MathF.Round(block[i] / scale) + zero, 0, top);
                codes[(b * size) + i] = code;
                decoded[(b * size) + i] = (code - zero) * scale;
            }
        }

        return (Pack(codes, format.Bits), scales, format.Symmetric ? [] : Pack(zeros, format.Bits), decoded);
    }

    private static byte[] Pack(int[] codes, int bits)
    {
        byte[] bytes = new byte[((codes.Length * bits) + 7) / 8];
        for (int i = 0; i < codes.Length; i++)
        {
            bytes[i * bits / 8] |= (byte)(codes[i] << (i * bits % 8));
        }

        return bytes;
    }
}
