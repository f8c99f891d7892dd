using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using ModelPack.Models.Gguf;
using ModelPack.Tests.Support;

namespace ModelPack.Tests.Models.Gguf;

/// <summary>Our layout against a file that llama.cpp (v0.5.0) quantized.</summary>
public sealed unsafe class GgufPeerSizeTests
{
    [Theory]
    [InlineData("data/models/stories260K-f32.gguf")]
    [InlineData("data/models/stories260K-moe4-f32.gguf")]
    public void A_quantized_file_has_the_header_and_size_of_its_layout(string relative)
    {
        string source = SharedFolder.Require(relative);
        using TempFolder folder = new();
        string target = folder.File("q.gguf");
        Quantize(source, target);
        using GgufFile file = GgufFile.Open(target);
        Assert.Contains(file.Tensors, static t => t.Type == GgmlType.Q8_0);
        GgufLayout layout = GgufLayout.Create(file.Metadata, [.. file.Tensors.Select(static t => (t.Name, t.Type, t.Shape))]);
        byte[] bytes = File.ReadAllBytes(target);
        Assert.Equal(bytes[..(int)layout.DataOffset], GgufLayoutTests.HeaderOf(layout));
        Assert.Equal(bytes.Length, layout.TotalBytes);

        // What follows a tensor up to the next one is zero, after the last one too.
        Assert.All(layout.Tensors, tensor => Assert.True(
            bytes.AsSpan((int)(layout.DataOffset + tensor.Offset + tensor.Bytes), (int)((32 - (tensor.Bytes % 32)) % 32)).IndexOfAnyExcept((byte)0) < 0));
    }

    private static void Quantize(string source, string target)
    {
        foreach (string pattern in (string[])["libggml-base.so", "libggml.v*.so"])
        {
            NativeLibrary.Load(Directory.GetFiles(Ggml.PeerFolder, pattern).Single());
        }

        nint llama = NativeLibrary.Load(Directory.GetFiles(Ggml.PeerFolder, "libllama.v*.so").Single());
        var defaults = (delegate* unmanaged[Cdecl]<Parameters>)NativeLibrary.GetExport(llama, "llama_model_quantize_default_params");
        var quantize = (delegate* unmanaged[Cdecl]<byte*, byte*, Parameters*, uint>)NativeLibrary.GetExport(llama, "llama_model_quantize");
        var log = (delegate* unmanaged[Cdecl]<delegate* unmanaged[Cdecl]<int, byte*, void*, void>, void*, void>)NativeLibrary.GetExport(llama, "llama_log_set");
        log(&Ignore, null);
        Parameters parameters = defaults();
        parameters.Threads = 1;
        parameters.FileType = 7;
        byte* from = (byte*)Marshal.StringToCoTaskMemUTF8(source);
        byte* to = (byte*)Marshal.StringToCoTaskMemUTF8(target);
        Assert.Equal(0u, quantize(from, to, &parameters));
        Marshal.FreeCoTaskMem((nint)from);
        Marshal.FreeCoTaskMem((nint)to);
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static void Ignore(int level, byte* text, void* state)
    {
    }

    /// <summary>struct llama_model_quantize_params, 64 bytes; only the first two fields matter here.</summary>
    [StructLayout(LayoutKind.Sequential, Size = 64)]
    private struct Parameters
    {
        public int Threads;
        public int FileType;
        public fixed long Rest[7];
    }
}
