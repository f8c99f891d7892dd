using ModelPack.Models;
using ModelPack.Models.Gguf;
using ModelPack.Tests.Support;

namespace ModelPack.Tests.Models.Gguf;

/// <summary>Malformed and hostile files: an error or success, in little memory, never anything else.</summary>
public sealed class GgufCorpusTests
{
    [Theory]
    [InlineData("data/fuzz-gguf", 116)]
    [InlineData("data/hostile", 9)]
    public void Every_file_is_read_or_refused(string folder, int files)
    {
        string[] paths = Directory.GetFiles(SharedFolder.Require(folder));
        Assert.Equal(files, paths.Length);
        Assert.All(paths, static path => OpenWithin(path, 64 << 20));
    }

    [Fact]
    public void A_valid_file_cut_anywhere_is_read_or_refused()
    {
        byte[] whole = Sample();
        using TempFolder folder = new();
        for (int length = 0; length < whole.Length; length++)
        {
            OpenWithin(folder.Write("m.gguf", whole.AsSpan(0, length)), 16 << 20);
        }
    }

    [Theory]
    [InlineData(0x01)]
    [InlineData(0x80)]
    [InlineData(0xFF)]
    public void A_valid_file_with_any_byte_changed_is_read_or_refused(byte mask)
    {
        byte[] whole = Sample();
        using TempFolder folder = new();
        for (int i = 0; i < whole.Length; i++)
        {
            whole[i] ^= mask;
            OpenWithin(folder.Write("m.gguf", whole), 16 << 20);
            whole[i] ^= mask;
        }
    }

    [Fact]
    public void Large_numbers_anywhere_are_read_or_refused()
    {
        byte[] whole = Sample();
        using TempFolder folder = new();
        ulong[] values = [ulong.MaxValue, long.MaxValue, 1UL << 62, int.MaxValue, 1UL << 32, 1000];
        for (int i = 0; i + 8 <= whole.Length; i++)
        {
            byte[] changed = [.. whole];
            BitConverter.TryWriteBytes(changed.AsSpan(i), values[i % values.Length]);
            OpenWithin(folder.Write("m.gguf", changed), 16 << 20);
        }
    }

    /// <summary>Opens a file; anything but a <see cref="ModelPackException"/> of one line, or too much memory, fails.</summary>
    private static void OpenWithin(string path, long bytes)
    {
        long before = GC.GetAllocatedBytesForCurrentThread();
        try
        {
            using GgufFile file = GgufFile.Open(path);
            byte[] start = new byte[16];
            foreach (GgufTensorInfo tensor in file.Tensors)
            {
                file.ReadBytes(tensor, 0, start.AsSpan(0, (int)Math.Min(16, tensor.Bytes)));
            }
        }
        catch (ModelPackException fault)
        {
            Assert.StartsWith(Path.GetFileName(path), fault.Message);
            Assert.DoesNotContain('\n', fault.Message);
        }

        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, bytes);
    }

    private static byte[] Sample()
    {
        GgufMetadata metadata = new()
        {
            { "general.alignment", GgufValue.Of(8u) },
            { "t", GgufValue.OfArray<string>(["ab", "", "c"]) },
            { "n", GgufValue.OfArray<GgufValue>([GgufValue.OfArray<short>([1, 2]), GgufValue.OfArray<bool>([true])]) },
            { "f", GgufValue.Of(0.5) },
            { "s", GgufValue.Of("xyz") },
        };
        GgufLayout layout = GgufLayout.Create(metadata, [("a", GgmlType.F32, [2, 3]), ("q", GgmlType.Q4_0, [32, 1, 2])]);
        byte[] bytes = new byte[layout.TotalBytes];
        GgufLayoutTests.HeaderOf(layout).CopyTo(bytes, 0);
        return bytes;
    }
}
