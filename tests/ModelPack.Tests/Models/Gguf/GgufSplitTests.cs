using ModelPack.Models;
using ModelPack.Models.Gguf;
using ModelPack.Tests.Support;

namespace ModelPack.Tests.Models.Gguf;

public sealed class GgufSplitTests
{
    private static readonly (string Name, GgmlType Type, IReadOnlyList<long> Shape)[] Tensors =
    [
        ("a", GgmlType.F32, [250]),
        ("b", GgmlType.F32, [100]),
        ("c", GgmlType.F32, [2000]),
        ("d", GgmlType.Q8_0, [32, 5]),
        ("e", GgmlType.F16, [3]),
    ];

    [Theory]
    [InlineData(32)]
    [InlineData(1024)]
    public void Parts_are_read_as_one_model_whichever_is_given(int alignment)
    {
        GgufMetadata metadata = Metadata(alignment);
        using TempFolder folder = new();
        IReadOnlyList<GgufSplitPart> parts = GgufSplit.Create(folder.File("m.gguf"), metadata, Tensors, 4 * alignment + 2000);
        WriteCounting(parts);
        Assert.True(parts.Count > 2);
        foreach (GgufSplitPart part in parts)
        {
            using GgufFile file = GgufFile.Open(part.Path);
            Assert.Equal(parts.Select(static p => p.Path), file.Files);
            Assert.Equal(Tensors.Select(static t => t.Name), file.Tensors.Select(static t => t.Name));
            Assert.Equal("llama", file.Metadata["general.architecture"].AsString());
            Assert.Equal(alignment, file.Alignment);

            // Each tensor's first byte was written as its index.
            Assert.All(file.Tensors, (tensor, i) =>
            {
                byte[] first = new byte[1];
                file.ReadBytes(tensor, 0, first);
                Assert.Equal(i, first[0]);
                Assert.Equal(parts.Last(p => p.FirstTensor <= i).Path, file.Files[file.Locate(tensor).File]);
            });
        }
    }

    [Fact]
    public void Ggml_reads_every_part()
    {
        using TempFolder folder = new();
        IReadOnlyList<GgufSplitPart> parts = GgufSplit.Create(folder.File("m.gguf"), Metadata(32), Tensors, 2200);
        WriteCounting(parts);
        for (int i = 0; i < parts.Count; i++)
        {
            using GgmlGguf peer = Assert.IsType<GgmlGguf>(GgmlGguf.Open(parts[i].Path));
            int first = i == 0 ? 2 : 0;
            Assert.Equal(first + 3, peer.KeyCount);
            Assert.Equal(
                $"split.no 2 {i:X2}00, split.tensors.count 5 05000000, split.count 2 {parts.Count:X2}00",
                $"{Spell(peer, first, 2)}, {Spell(peer, first + 1, 4)}, {Spell(peer, first + 2, 2)}");
            Assert.Equal(parts[i].Layout.Tensors.Count, peer.TensorCount);
        }
    }

    [Theory]
    [InlineData(1, "|a|b|c|d|e")]
    [InlineData(1247, "|a|b|c|de")]
    [InlineData(1248, "a|b|c|de")]
    [InlineData(1695, "a|b|c|de")]
    [InlineData(1696, "ab|c|de")]
    [InlineData(8383, "ab|c|de")]
    [InlineData(8384, "ab|cd|e")]
    [InlineData(8447, "ab|cd|e")]
    [InlineData(8448, "ab|cde")]
    [InlineData(9727, "ab|cde")]
    [InlineData(9728, "abc|de")]
    [InlineData(9951, "abc|de")]
    [InlineData(9952, "abcde")]
    [InlineData(100000, "abcde")]
    public void Parts_fill_up_in_order(long max, string expected)
    {
        IReadOnlyList<GgufSplitPart> parts = GgufSplit.Create("out/m.gguf", Metadata(32), Tensors, max);
        Assert.Equal(expected, string.Join('|', parts.Select(static p => string.Concat(p.Layout.Tensors.Select(static t => t.Name)))));
        Assert.All(parts, part => Assert.True(
            part.Layout.TotalBytes <= max || part.Layout.Tensors.Count <= 1, $"{part.Path} has {part.Layout.TotalBytes} bytes of {max}"));
        Assert.Equal(
            parts.Count == 1 ? ["out/m.gguf"] : Enumerable.Range(1, parts.Count).Select(i => $"out/m-{i:D5}-of-{parts.Count:D5}.gguf"),
            parts.Select(static p => p.Path));
    }

    [Fact]
    public void No_maximum_gives_one_file_without_split_keys()
    {
        GgufMetadata metadata = Metadata(32);
        metadata["split.no"] = GgufValue.Of((ushort)0);
        metadata["split.count"] = GgufValue.Of((ushort)2);
        metadata["split.tensors.count"] = GgufValue.Of(9);
        GgufSplitPart part = Assert.Single(GgufSplit.Create("m.gguf", metadata, Tensors));
        Assert.Equal(("m.gguf", 0), (part.Path, part.FirstTensor));
        Assert.Equal(["general.architecture", "general.alignment"], part.Layout.Metadata.Select(static p => p.Key));
        Assert.Equal(5, metadata.Count);
    }

    [Fact]
    public void More_parts_than_can_be_numbered_are_refused()
    {
        (string, GgmlType, IReadOnlyList<long>)[] tensors =
            [.. Enumerable.Range(0, 65536).Select(static i => ($"t{i}", GgmlType.F32, (IReadOnlyList<long>)[1]))];
        ModelPackException fault = Assert.Throws<ModelPackException>(() => GgufSplit.Create("m.gguf", [], tensors, 1));
        Assert.Equal("the model would be split into 65537 parts; at most 65535 can be numbered, so a larger maximum size is needed", fault.Message);
    }

    [Fact]
    public void A_part_with_another_name_is_refused()
    {
        using TempFolder folder = new();
        IReadOnlyList<GgufSplitPart> parts = WriteThree(folder);
        foreach (string name in (string[])["x.gguf", "m-00001-of-00003.gguf", "m-00002-of-00004.gguf"])
        {
            File.Copy(parts[1].Path, folder.File(name), overwrite: true);
            Refused(folder.File(name), $"{name}: part of a split model, so its name must end in -00002-of-00003.gguf");
        }
    }

    [Fact]
    public void A_missing_part_is_named()
    {
        using TempFolder folder = new();
        IReadOnlyList<GgufSplitPart> parts = WriteThree(folder);
        File.Delete(parts[1].Path);
        Refused(parts[0].Path, "m-00001-of-00003.gguf: 1 of the model's 3 parts are missing, the first is m-00002-of-00003.gguf");
    }

    [Theory]
    [InlineData("split.no", 0, "m-00002-of-00003.gguf: split.no: 0; expected 1")]
    [InlineData("split.count", 4, "m-00002-of-00003.gguf: split.count: 4; expected 3")]
    [InlineData("split.tensors.count", 6, "m-00002-of-00003.gguf: split.tensors.count: 6; expected 5")]
    [InlineData("split.tensors.count", null, "m-00002-of-00003.gguf: split.tensors.count: missing; expected 5")]
    [InlineData("split.no", -1, "m-00002-of-00003.gguf: split.no: -1; expected an integer from 0 to 65535")]
    public void Parts_that_contradict_each_other_are_refused(string key, int? value, string message)
    {
        using TempFolder folder = new();
        IReadOnlyList<GgufSplitPart> parts = WriteThree(folder);
        GgufMetadata metadata = parts[1].Layout.Metadata.Copy();
        metadata.Remove(key);
        if (value is not null)
        {
            metadata[key] = GgufValue.Of(value.Value);
        }

        GgufLayoutTests.WriteZeros(parts[1].Path, GgufLayout.Create(metadata, [Tensors[2]]));
        Refused(parts[0].Path, message);
    }

    [Fact]
    public void A_tensor_in_two_parts_is_refused()
    {
        using TempFolder folder = new();
        IReadOnlyList<GgufSplitPart> parts = WriteThree(folder);
        GgufLayoutTests.WriteZeros(parts[1].Path, GgufLayout.Create(parts[1].Layout.Metadata, [Tensors[0]]));
        Refused(parts[2].Path, "m-00002-of-00003.gguf: a: the tensor stands twice in the file");
    }

    [Fact]
    public void A_tensor_that_no_part_holds_is_noticed()
    {
        using TempFolder folder = new();
        IReadOnlyList<GgufSplitPart> parts = WriteThree(folder);
        GgufLayoutTests.WriteZeros(parts[1].Path, GgufLayout.Create(parts[1].Layout.Metadata, []));
        Refused(parts[0].Path, "m-00001-of-00003.gguf: split.tensors.count: 5; all parts together hold 4 tensors");
    }

    private static string Spell(GgmlGguf peer, int key, int bytes) =>
        $"{peer.Key(key)} {peer.KeyType(key)} {Convert.ToHexString(peer.Scalar(key, bytes))}";

    private static GgufMetadata Metadata(int alignment) => new()
    {
        { "general.architecture", GgufValue.Of("llama") },
        { "general.alignment", GgufValue.Of((uint)alignment) },
    };

    private static IReadOnlyList<GgufSplitPart> WriteThree(TempFolder folder)
    {
        IReadOnlyList<GgufSplitPart> parts = GgufSplit.Create(folder.File("m.gguf"), Metadata(32), Tensors, 2200);
        Assert.Equal(3, parts.Count);
        WriteCounting(parts);
        return parts;
    }

    /// <summary>Writes all parts; the first byte of a tensor is its index.</summary>
    private static void WriteCounting(IReadOnlyList<GgufSplitPart> parts)
    {
        foreach (GgufSplitPart part in parts)
        {
            using FileStream file = new(GgufLayoutTests.WriteZeros(part.Path, part.Layout), FileMode.Open);
            for (int i = 0; i < part.Layout.Tensors.Count; i++)
            {
                file.Position = part.Layout.DataOffset + part.Layout.Tensors[i].Offset;
                file.WriteByte((byte)(part.FirstTensor + i));
            }
        }
    }

    private static void Refused(string path, string message) =>
        Assert.Equal(message, Assert.Throws<InvalidCheckpointException>(() => GgufFile.Open(path)).Message);
}
