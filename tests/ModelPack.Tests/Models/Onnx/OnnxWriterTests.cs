using ModelPack.Models.Onnx;
using ModelPack.Tests.Support;

namespace ModelPack.Tests.Models.Onnx;

public sealed class OnnxWriterTests
{
    private static readonly OnnxTensor Inline = new("w", OnnxElementType.Float, [2], new OnnxData.Inline(new byte[] { 0, 0, 128, 63, 0, 0, 0, 64 }));

    private static readonly OnnxModel Model = new(
        new(
            "g",
            [
                new("Add", "", "n", ["x", "", "w"], ["y"],
                [
                    new OnnxAttribute.Int("axis", -1),
                    new OnnxAttribute.Float("epsilon", 1e-5f),
                    new OnnxAttribute.Text("kind", "swiglu"),
                    new OnnxAttribute.Ints("sizes", [1, 300]),
                    new OnnxAttribute.Floats("numbers", [0.5f]),
                    new OnnxAttribute.Tensor("value", Inline),
                    new OnnxAttribute.Graph("body", new("inner", [], [], [], [])),
                ]),
                new("QMoE", "com.microsoft", "", [], [], []),
            ],
            [new("x", OnnxElementType.Int64, ["batch", 7L, new OnnxDimension(null, null)])],
            [new("y", OnnxElementType.Float16, null)],
            [Inline, new("e", OnnxElementType.UInt8, [3, 5], new OnnxData.External("m.data", 5_000_000_000, 15))]),
        [new("", 21), new("com.microsoft", 1)],
        10,
        "modelpack",
        "1.2.3",
        [new("key", "value")]);

    [Fact]
    public void Bytes_are_those_of_the_format()
    {
        OnnxModel small = new(
            new("g", [], [], [], [new("e", OnnxElementType.Int4, [3], new OnnxData.External("d", 64, 2))]), [new("", 21)], 10, "p", "v", []);
        byte[] expected =
        [
            0x08, 10, 0x12, 1, (byte)'p', 0x1A, 1, (byte)'v',
            0x3A, 56, 0x12, 1, (byte)'g',
            0x2A, 51, 0x08, 3, 0x10, 22, 0x42, 1, (byte)'e',
            0x6A, 13, 0x0A, 8, .. "location"u8, 0x12, 1, (byte)'d',
            0x6A, 12, 0x0A, 6, .. "offset"u8, 0x12, 2, .. "64"u8,
            0x6A, 11, 0x0A, 6, .. "length"u8, 0x12, 1, (byte)'2',
            0x70, 1,
            0x42, 4, 0x0A, 0, 0x10, 21,
        ];
        Assert.Equal(Convert.ToHexString(expected), Convert.ToHexString(Write(small)));
    }

    [Fact]
    public void What_is_written_is_read_back()
    {
        using TempFolder folder = new();
        OnnxModel read = OnnxReader.Read(folder.Write("m.onnx", Write(Model)));
        Assert.Equal(
            Write(Model),
            Write(read with { Graph = read.Graph with { Nodes = Model.Graph.Nodes, Initializers = Model.Graph.Initializers } }));
        OnnxNode node = read.Graph.Nodes[0];
        Assert.Equal(["x", "", "w"], node.Inputs);
        Assert.Equal(Model.Graph.Nodes[0].Attributes.Take(3), node.Attributes.Take(3));
        Assert.Equal([1, 300], ((OnnxAttribute.Ints)node.Attributes[3]).Values);
        Assert.Equal([0.5f], ((OnnxAttribute.Floats)node.Attributes[4]).Values);
        Assert.Equal("w", ((OnnxAttribute.Tensor)node.Attributes[5]).Value.Name);
        Assert.Equal("inner", ((OnnxAttribute.Graph)node.Attributes[6]).Value.Name);
        Assert.Equal(new OnnxData.External("m.data", 5_000_000_000, 15), read.Graph.Initializers[1].Data);
    }

    [Fact]
    public void Data_that_is_elsewhere_and_parts_that_are_only_read_are_refused()
    {
        OnnxTensor elsewhere = Inline with { Data = new OnnxData.InFile(10, 8) };
        Assert.Throws<ArgumentException>(() => Write(Model with { Graph = Model.Graph with { Initializers = [elsewhere] } }));
        OnnxNode unknown = Model.Graph.Nodes[1] with { Attributes = [new OnnxAttribute.Other("x")] };
        Assert.Throws<ArgumentException>(() => Write(Model with { Graph = Model.Graph with { Nodes = [unknown] } }));
    }

    private static byte[] Write(OnnxModel model)
    {
        using MemoryStream stream = new();
        OnnxWriter.Write(stream, model);
        return stream.ToArray();
    }
}
