using System.Runtime.InteropServices;

namespace ModelPack.Tests.Support;

/// <summary>ggml's own quantizers (v0.5.0, libggml-base), the reference that our kernels must equal to the byte.</summary>
internal static unsafe class Ggml
{
    private static readonly nint Library = NativeLibrary.Load(Path.Combine(PeerFolder, "libggml-base.so"));

    private static readonly delegate* unmanaged[Cdecl]<int, float*, void*, long, long, long, float*, nuint> QuantizeChunk =
        (delegate* unmanaged[Cdecl]<int, float*, void*, long, long, long, float*, nuint>)NativeLibrary.GetExport(Library, "ggml_quantize_chunk");

    /// <summary>Folder of llama.cpp's shared libraries, which the build installs.</summary>
    public static string PeerFolder => LlamaNative.Folder;

    /// <summary>ggml_quantize_chunk over all rows.</summary>
    /// <param name="type">ggml's number of the type.</param>
    /// <param name="weights">Rows of <paramref name="columns"/> weights.</param>
    /// <param name="columns">Row length.</param>
    /// <param name="importance">One weight a column, or empty for none.</param>
    /// <param name="bytes">Size of the result.</param>
    public static byte[] Quantize(int type, ReadOnlySpan<float> weights, int columns, ReadOnlySpan<float> importance, long bytes)
    {
        byte[] output = new byte[bytes];
        fixed (float* x = weights)
        fixed (float* w = importance)
        fixed (byte* y = output)
        {
            nuint written = QuantizeChunk(type, x, y, 0, weights.Length / columns, columns, importance.IsEmpty ? null : w);
            Assert.Equal((nuint)bytes, written);
        }

        return output;
    }

    /// <summary>ggml's decoder of a type, over whole blocks.</summary>
    /// <param name="type">ggml's name of the type: "Q6_K".</param>
    /// <param name="bytes">Blocks.</param>
    /// <param name="count">Weights in them.</param>
    public static float[] Dequantize(string type, ReadOnlySpan<byte> bytes, int count)
    {
        string export = type switch
        {
            "F16" => "ggml_fp16_to_fp32_row",
            "BF16" => "ggml_bf16_to_fp32_row",
            _ => $"dequantize_row_{type.Replace('Q', 'q')}",
        };
        delegate* unmanaged[Cdecl]<void*, float*, long, void> decode =
            (delegate* unmanaged[Cdecl]<void*, float*, long, void>)NativeLibrary.GetExport(Library, export);
        float[] weights = new float[count];
        fixed (byte* x = bytes)
        fixed (float* y = weights)
        {
            decode(x, y, count);
        }

        return weights;
    }
}
