using System.Runtime.InteropServices;

namespace ModelPack.Benchmarks;

/// <summary>ggml_quantize_chunk of the llama.cpp libraries that the build installs under tests/peers.</summary>
internal static unsafe class GgmlPeer
{
    private static readonly delegate* unmanaged[Cdecl]<int, float*, void*, long, long, long, float*, nuint> QuantizeChunk = Load();

    /// <summary>Encodes rows as ggml does.</summary>
    public static void Quantize(int type, ReadOnlySpan<float> weights, int columns, ReadOnlySpan<float> importance, Span<byte> output)
    {
        fixed (float* x = weights)
        fixed (float* w = importance)
        fixed (byte* y = output)
        {
            QuantizeChunk(type, x, y, 0, weights.Length / columns, columns, importance.IsEmpty ? null : w);
        }
    }

    private static delegate* unmanaged[Cdecl]<int, float*, void*, long, long, long, float*, nuint> Load()
    {
        DirectoryInfo? folder = new(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "ModelPack.sln")))
        {
            folder = folder.Parent;
        }

        string library = Path.Combine(
            folder?.FullName ?? "", "tests", "peers", "node_modules", "@node-llama-cpp", "linux-x64", "bins", "linux-x64", "libggml-base.so");
        return (delegate* unmanaged[Cdecl]<int, float*, void*, long, long, long, float*, nuint>)
            NativeLibrary.GetExport(NativeLibrary.Load(library), "ggml_quantize_chunk");
    }
}
