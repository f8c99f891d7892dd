using ModelPack.Models;
using ModelPack.Models.Onnx;
using ModelPack.Tests.Support;

namespace ModelPack.Tests.Models.Onnx;

/// <summary>Hostile models: one clear error each, in little memory and time.</summary>
public sealed class OnnxReaderFaultsTests
{
    [Theory]
    [InlineData("/etc/passwd")]
    [InlineData("../secret.bin")]
    [InlineData("a/../../secret.bin")]
    [InlineData("a//b")]
    [InlineData("a/./b")]
    [InlineData("C:evil")]
    [InlineData("C:\\evil")]
    [InlineData("\\\\host\\share")]
    [InlineData("..\\secret.bin")]
    [InlineData("w.bin\0.txt")]
    [InlineData("w\n.bin")]
    [InlineData("")]
    [InlineData(".")]
    public void A_location_outside_the_folder_is_refused(string location)
    {
        string message = Refused(OnnxBytes.Model(OnnxBytes.Graph((5, OnnxBytes.External("w", OnnxElementType.Float, location, 0, 4, 1)))));
        Assert.Contains("m.onnx: w: external_data: location", message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("offset", "-1")]
    [InlineData("offset", "9223372036854775807")]
    [InlineData("offset", "99999999999999999999")]
    [InlineData("offset", "0x10")]
    [InlineData("length", "5")]
    [InlineData("length", " 4")]
    public void A_place_in_external_data_that_cannot_be_is_refused(string key, string value)
    {
        ProtobufBytes tensor = OnnxBytes.Header("w", OnnxElementType.Float, 1)
            .Message(13, OnnxBytes.Pair("location", "w.bin")).Message(13, OnnxBytes.Pair(key, value)).Integer(14, 1);
        Assert.Contains($"external_data: {key} '", Refused(OnnxBytes.Model(OnnxBytes.Graph((5, tensor)))), StringComparison.Ordinal);
    }

    public static TheoryData<string, string, byte[]> Broken => new()
    {
        { "empty", "0 bytes", [] },
        { "no graph", "no graph", new ProtobufBytes().Integer(1, 8).ToArray() },
        { "an LFS pointer", "git lfs pull", "version https://git-lfs.github.com/spec/v1\n"u8.ToArray() },
        { "a length past the end", "100 bytes at byte 2; 1 are left", new ProtobufBytes().Tag(7, 2).Varint(100).Raw(0).ToArray() },
        { "a length of 2^64-1", "18446744073709551615 bytes", new ProtobufBytes().Tag(7, 2).Varint(ulong.MaxValue).Raw(0).ToArray() },
        { "a message longer than the one around it", "9 bytes", OnnxBytes.Model(new ProtobufBytes().Tag(1, 2).Varint(9).Raw(0)).Raw(1, 2, 3, 4, 5, 6, 7, 8, 9).ToArray() },
        { "field 0", "field 0", new ProtobufBytes().Integer(0, 1).ToArray() },
        { "a group", "wire type 3", new ProtobufBytes().Tag(7, 3).ToArray() },
        { "an endless number", "more than 64 bits", new ProtobufBytes().Tag(1, 0).Raw([.. Enumerable.Repeat((byte)0xFF, 12)]).ToArray() },
        { "a number where a message belongs", "wire type 0; expected 2", new ProtobufBytes().Integer(7, 1).ToArray() },
        { "text where a number belongs", "wire type 2; expected 0", new ProtobufBytes().Text(1, "8").ToArray() },
        { "two graphs", "stands twice", OnnxBytes.Model(OnnxBytes.Graph()).Message(7, OnnxBytes.Graph()).ToArray() },
        { "a name that is no text", "not UTF-8", OnnxBytes.Model(new ProtobufBytes().Bytes(2, 0xC3, 0x28)).ToArray() },
        { "a long name", "at most 16384", OnnxBytes.Model(new ProtobufBytes().Text(2, new string('a', 16385))).ToArray() },
        { "an unknown type", "element type 99", OnnxBytes.Model(OnnxBytes.Graph((5, OnnxBytes.Header("w", (OnnxElementType)99, 1)))).ToArray() },
        { "a negative size", "shape [-1]", OnnxBytes.Model(OnnxBytes.Graph((5, OnnxBytes.Header("w", OnnxElementType.Float, -1)))).ToArray() },
        { "a product that overflows", "w: shape", OnnxBytes.Model(OnnxBytes.Graph((5, OnnxBytes.Header("w", OnnxElementType.Float, 1L << 40, 1L << 40)))).ToArray() },
        { "no data", "data of 0 bytes", OnnxBytes.Model(OnnxBytes.Graph((5, OnnxBytes.Header("w", OnnxElementType.Float, 2)))).ToArray() },
        { "too little data", "need 8", OnnxBytes.Model(OnnxBytes.Graph((5, OnnxBytes.Tensor("w", [1f], 2)))).ToArray() },
        { "two kinds of data", "two fields", OnnxBytes.Model(OnnxBytes.Graph((5, OnnxBytes.Tensor("w", [1f], 1).Single(4, 1)))).ToArray() },
        { "packed numbers cut off", "1 bytes", OnnxBytes.Model(OnnxBytes.Graph((5, OnnxBytes.Header("w", OnnxElementType.Int64, 1).Bytes(7, 0x80)))).ToArray() },
    };

    [Theory]
    [MemberData(nameof(Broken), DisableDiscoveryEnumeration = true)]
    public void A_broken_model_is_refused_with_the_place(string what, string reason, byte[] bytes)
    {
        using TempFolder folder = new();
        ModelPackException fault = Assert.ThrowsAny<ModelPackException>(() => OnnxReader.Read(folder.Write("m.onnx", bytes)));
        Assert.StartsWith("m.onnx: ", fault.Message);
        Assert.True(fault.Message.Contains(reason, StringComparison.Ordinal), $"{what}: {fault.Message}");
    }

    [Theory]
    [InlineData(33, true)]
    [InlineData(34, false)]
    [InlineData(2000, false)]
    public void Graphs_in_graphs_end_somewhere(int depth, bool read)
    {
        ProtobufBytes graph = OnnxBytes.Graph();
        for (int i = 1; i < depth; i++)
        {
            graph = OnnxBytes.Graph(OnnxBytes.Node("If", "", [], ["y"], OnnxBytes.GraphAttribute("then_branch", graph)));
        }

        if (read)
        {
            Assert.Equal("graph", OnnxReaderTests.Read(OnnxBytes.Model(graph)).Graph.Name);
        }
        else
        {
            Assert.Contains("more than 33 deep", Refused(OnnxBytes.Model(graph)), StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData(1, 2, "nodes, attributes, tensors and values")]
    [InlineData(5, 2, "nodes, attributes, tensors and values")]
    [InlineData(99, 2, "fields")]
    [InlineData(99, 0, "fields")]
    public void Very_many_tiny_parts_are_refused_in_bounded_memory(int field, int wire, string what)
    {
        byte[] part = new ProtobufBytes().Tag(field, wire).Varint(0).ToArray();
        byte[] many = new byte[part.Length * (part.Length == 2 ? 1_100_000 : 34_000_000)];
        for (int i = 0; i < many.Length; i++)
        {
            many[i] = part[i % part.Length];
        }

        using TempFolder folder = new();
        string path = folder.File("m.onnx");
        using (FileStream file = File.Create(path))
        {
            file.Write(new ProtobufBytes().Tag(7, 2).Varint((ulong)many.Length).ToArray());
            file.Write(many);
        }

        long before = GC.GetAllocatedBytesForCurrentThread();
        ModelPackException fault = Assert.ThrowsAny<ModelPackException>(() => OnnxReader.Read(path));
        Assert.Contains(what, fault.Message, StringComparison.Ordinal);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 512 << 20);
    }

    [Fact]
    public void Inlined_data_is_bounded_however_many_tensors_there_are()
    {
        byte[] tensor = OnnxBytes.Tensor("w", OnnxElementType.UInt8, new byte[65536], 65536).ToArray();
        ProtobufBytes head = new ProtobufBytes().Tag(5, 2).Varint((ulong)tensor.Length);
        using TempFolder folder = new();
        string path = folder.File("m.onnx");
        using (FileStream file = File.Create(path))
        {
            file.Write(new ProtobufBytes().Tag(7, 2).Varint(1500ul * (ulong)(tensor.Length + head.Length)).ToArray());
            for (int i = 0; i < 1500; i++)
            {
                file.Write(head.ToArray());
                file.Write(tensor);
            }
        }

        OnnxModel model = OnnxReader.Read(path);
        Assert.Equal(512, model.Graph.Initializers.Count(static t => t.Data is OnnxData.Inline));
        Assert.Equal(1500, model.Graph.Initializers.Count);
    }

    [Fact]
    public void A_model_cut_anywhere_or_with_any_byte_changed_is_read_or_refused()
    {
        byte[] whole = Sample();
        using TempFolder folder = new();
        for (int i = 0; i < whole.Length; i++)
        {
            OpenWithin(folder.Write("m.onnx", whole.AsSpan(0, i)));
            byte kept = whole[i];
            foreach (byte mask in (ReadOnlySpan<byte>)[0x01, 0x08, 0x80, 0xFF])
            {
                whole[i] = (byte)(kept ^ mask);
                OpenWithin(folder.Write("m.onnx", whole));
            }

            whole[i] = kept;
        }
    }

    [Fact]
    public void Real_models_with_bytes_changed_are_read_or_refused()
    {
        Random random = new(4);
        using TempFolder folder = new();
        foreach (string path in Directory.EnumerateFiles(SharedFolder.Require("data/onnx"), "*.onnx"))
        {
            byte[] whole = File.ReadAllBytes(path);
            for (int round = 0; round < 60; round++)
            {
                byte[] changed = [.. whole];
                for (int i = random.Next(1, 8); i > 0; i--)
                {
                    changed[random.Next(Math.Min(changed.Length, 4000))] = (byte)random.Next(256);
                }

                OpenWithin(folder.Write("m.onnx", changed.AsSpan(0, round % 2 == 0 ? changed.Length : random.Next(changed.Length))));
            }
        }
    }

    /// <summary>Reads and lists; anything but a <see cref="ModelPackException"/> of one line, or too much memory, fails.</summary>
    private static void OpenWithin(string path)
    {
        long before = GC.GetAllocatedBytesForCurrentThread();
        try
        {
            OnnxInventory inventory = OnnxInventory.Of(OnnxReader.Read(path));
            Assert.All(inventory.Constants, static c => Assert.True(c.Parameters >= 0));
        }
        catch (ModelPackException fault)
        {
            Assert.StartsWith("m.onnx", fault.Message);
            Assert.DoesNotContain('\n', fault.Message);
        }

        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 16 << 20);
    }

    private static byte[] Sample() => OnnxBytes.Model(OnnxBytes.Graph(
        OnnxBytes.Node("MatMulNBits", "com.microsoft", ["x", "q", "s"], ["m"], OnnxBytes.Attribute("K", 32), OnnxBytes.Attribute("N", 2), OnnxBytes.Attribute("bits", 4)),
        OnnxBytes.Node("If", "", ["c"], ["y"], OnnxBytes.GraphAttribute("then_branch", OnnxBytes.Graph(
            OnnxBytes.Node("Constant", "", [], ["k"], OnnxBytes.Attribute("value", OnnxBytes.Tensor("", [1f, 2], 2)))))),
        (5, OnnxBytes.Tensor("q", OnnxElementType.UInt8, new byte[32], 2, 1, 16)),
        (5, OnnxBytes.External("s", OnnxElementType.Float, "s.bin", 0, 8, 2)),
        (5, OnnxBytes.Header("n", OnnxElementType.Int64, 2).Packed(7, 5, 6)),
        OnnxBytes.Input("x", OnnxElementType.Float, "n", "32"),
        OnnxBytes.Output("y", OnnxElementType.Float, "2"))).Message(14, OnnxBytes.Pair("a", "b")).ToArray();

    private static string Refused(ProtobufBytes model)
    {
        using TempFolder folder = new();
        return Assert.ThrowsAny<ModelPackException>(() => OnnxReader.Read(folder.Write("m.onnx", model.ToArray()))).Message;
    }
}
