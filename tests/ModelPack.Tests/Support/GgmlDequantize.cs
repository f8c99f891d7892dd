using System.Runtime.InteropServices;

namespace ModelPack.Tests.Support;

/// <summary>ggml's own decoders (v0.5.0, libggml-base).</summary>
internal static unsafe class GgmlDequantize
{
    private static readonly nint Library = NativeLibrary.Load(Path.Combine(Ggml.PeerFolder, "libggml-base.so"));

    /// <summary>dequantize_row_NAME.</summary>
    /// <param name="name">The type as ggml's functions spell it: "q4_K".</param>
    /// <param name="bytes">Whole blocks.</param>
    /// <param name="count">Weights in them.</param>
    public static float[] Row(string name, ReadOnlySpan<byte> bytes, int count)
    {
        var decode = (delegate* unmanaged[Cdecl]<void*, float*, long, void>)NativeLibrary.GetExport(Library, $"dequantize_row_{name}");
        float[] weights = new float[count];
        fixed (byte* x = bytes)
        fixed (float* y = weights)
        {
            decode(x, y, count);
        }

        return weights;
    }
}
