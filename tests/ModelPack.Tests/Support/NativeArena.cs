using System.Runtime.InteropServices;
using System.Text;

namespace ModelPack.Tests.Support;

/// <summary>Zeroed native memory for the arguments of one call, freed together.</summary>
internal sealed unsafe class NativeArena : IDisposable
{
    private readonly List<nint> _blocks = [];

    public byte* Allocate(int bytes)
    {
        void* block = NativeMemory.AllocZeroed((nuint)bytes);
        _blocks.Add((nint)block);
        return (byte*)block;
    }

    /// <summary>A copy of the text as UTF-8 that ends in a zero.</summary>
    public byte* Text(string text)
    {
        byte* copy = Allocate(Encoding.UTF8.GetByteCount(text) + 1);
        Encoding.UTF8.GetBytes(text, new Span<byte>(copy, Encoding.UTF8.GetByteCount(text)));
        return copy;
    }

    public void Dispose()
    {
        foreach (nint block in _blocks)
        {
            NativeMemory.Free((void*)block);
        }

        _blocks.Clear();
    }
}
