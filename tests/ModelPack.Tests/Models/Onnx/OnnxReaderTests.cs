using ModelPack.Models.Onnx;
using ModelPack.Tests.Support;

namespace ModelPack.Tests.Models.Onnx;

public sealed class OnnxReaderTests
{
    [Fact]
    public void Every_kind_of_part_is_read()
    {
        ProtobufBytes inner = OnnxBytes.Graph(
            OnnxBytes.Node("Constant", "", [], ["c"], OnnxBytes.Attribute("value", OnnxBytes.Tensor("", [7f, 8], 2))),
            OnnxBytes.Output("c", OnnxElementType.Float, "2"));
        ProtobufBytes graph = OnnxBytes.Graph(
            OnnxBytes.Node(
                "Odd", "ai.onnx", ["a", "", "b"], ["y", ""],
                OnnxBytes.Attribute("f", 0.5f), OnnxBytes.Attribute("i", -3), OnnxBytes.Attribute("s", "é"),
                new ProtobufBytes().Text(1, "is").Packed(8, 1, -2, 1L << 40).Integer(20, 7),
                new ProtobufBytes().Text(1, "fs").Single(7, 1).Single(7, 2).Integer(20, 6),
                new ProtobufBytes().Text(1, "zero").Integer(20, 2),
                new ProtobufBytes().Text(1, "bytes").Bytes(4, 0xFF, 0xFE).Integer(20, 3),
                OnnxBytes.GraphAttribute("g", inner)),
            OnnxBytes.Initializer(OnnxBytes.Tensor("w", [1f, 2, 3], 3)),
            OnnxBytes.Input("a", OnnxElementType.Int64, "batch", "4", ""),
            OnnxBytes.Output("y", OnnxElementType.Float16));
        OnnxModel model = Read(OnnxBytes.Model(graph, ("", 21), ("com.microsoft", 1)).Message(14, OnnxBytes.Pair("k", "v")));
        Assert.Equal((8, "modelpack-tests", "1"), (model.IrVersion, model.Producer, model.ProducerVersion));
        Assert.Equal([new("", 21), new("com.microsoft", 1)], model.Opsets);
        Assert.Equal([new("k", "v")], model.Metadata);
        OnnxNode node = Assert.Single(model.Graph.Nodes);
        Assert.Equal(("Odd", "", "Odd_y"), (node.Operator, node.Domain, node.Name));
        Assert.Equal(["a", "", "b"], node.Inputs);
        Assert.Equal(["y", ""], node.Outputs);
        Assert.Equal(new OnnxAttribute.Float("f", 0.5f), node.Attributes[0]);
        Assert.Equal(new OnnxAttribute.Int("i", -3), node.Attributes[1]);
        Assert.Equal(new OnnxAttribute.Text("s", "é"), node.Attributes[2]);
        Assert.Equal([1, -2, 1L << 40], Assert.IsType<OnnxAttribute.Ints>(node.Attributes[3]).Values);
        Assert.Equal([1, 2], Assert.IsType<OnnxAttribute.Floats>(node.Attributes[4]).Values);
        Assert.Equal(new OnnxAttribute.Int("zero", 0), node.Attributes[5]);
        Assert.Equal(new OnnxAttribute.Other("bytes"), node.Attributes[6]);
        OnnxNode constant = Assert.Single(Assert.IsType<OnnxAttribute.Graph>(node.Attributes[7]).Value.Nodes);
        Assert.Equal([7, 8], Floats(Assert.IsType<OnnxAttribute.Tensor>(constant.Attributes[0]).Value));
        Assert.Equal([1, 2, 3], Floats(Assert.Single(model.Graph.Initializers)));
        OnnxValue input = Assert.Single(model.Graph.Inputs);
        Assert.Equal(OnnxElementType.Int64, input.Type);
        Assert.Equal([new(null, "batch"), new(4, null), new(null, "")], input.Dimensions!);
        Assert.Equal(OnnxElementType.Float16, Assert.Single(model.Graph.Outputs).Type);
    }

    [Theory]
    [InlineData(16384, false)]
    [InlineData(16385, true)]
    public void Large_data_stays_in_the_file(int count, bool left)
    {
        float[] values = [.. Enumerable.Range(0, count).Select(static i => i * 0.25f)];
        ProtobufBytes raw = OnnxBytes.Tensor("raw", values, count);
        ProtobufBytes packed = OnnxBytes.Header("packed", OnnxElementType.Float, count).Bytes(4, raw.ToArray().AsSpan(raw.Length - (4 * count)));
        using TempFolder folder = new();
        string path = folder.Write("m.onnx", OnnxBytes.Model(OnnxBytes.Graph((5, raw), (5, packed))).ToArray());
        OnnxModel model = OnnxReader.Read(path);
        Assert.Equal(["raw", "packed"], model.Graph.Initializers.Select(static t => t.Name));
        foreach (OnnxTensor tensor in model.Graph.Initializers)
        {
            Assert.Equal(left, tensor.Data is OnnxData.InFile);
            Assert.Equal(4L * count, tensor.Data.Bytes);
            Assert.Equal(values, tensor.Data is OnnxData.InFile place
                ? System.Runtime.InteropServices.MemoryMarshal.Cast<byte, float>(File.ReadAllBytes(path).AsSpan((int)place.Offset, (int)place.Bytes)).ToArray()
                : Floats(tensor));
        }
    }

    [Fact]
    public void Numbers_spelled_one_by_one_are_counted()
    {
        OnnxModel model = Read(OnnxBytes.Model(OnnxBytes.Graph(
            (5, OnnxBytes.Header("half", OnnxElementType.Float16, 3).Packed(5, 1, 300, 70000)),
            (5, OnnxBytes.Header("nibbles", OnnxElementType.Int4, 5).Packed(5, 1, 2, 3)),
            (5, OnnxBytes.Header("long", OnnxElementType.Int64, 2).Integer(7, -1).Integer(7, 5)),
            (5, OnnxBytes.Header("text", OnnxElementType.String, 2).Text(6, "ab").Text(6, "c")),
            (5, OnnxBytes.Header("single", OnnxElementType.Float, 2).Single(4, 1).Single(4, 2)),
            (5, OnnxBytes.Header("empty", OnnxElementType.Float, 0, 4)))));
        Assert.Equal([6, 3, 16, 3, 8, 0], model.Graph.Initializers.Select(static t => t.Data.Bytes));
        Assert.All(model.Graph.Initializers.Take(5), static t => Assert.Equal(-1, Assert.IsType<OnnxData.InFile>(t.Data).Offset));
    }

    [Fact]
    public void External_data_sparse_initializers_and_functions_are_read()
    {
        ProtobufBytes graph = OnnxBytes.Graph(
            (5, OnnxBytes.External("w", OnnxElementType.Float, "data/w.bin", 4096, 24, 2, 3)),
            (5, OnnxBytes.Header("v", OnnxElementType.UInt8, 7).Message(13, OnnxBytes.Pair("location", "./v.bin")).Integer(14, 1)),
            (15, new ProtobufBytes().Message(1, OnnxBytes.Tensor("s", [1f], 1)).Message(2, OnnxBytes.Tensor("i", OnnxElementType.Int64, new byte[8], 1)).Packed(3, 10, 10)));
        OnnxModel model = Read(OnnxBytes.Model(graph).Message(25, new ProtobufBytes().Text(1, "F").Text(10, "d").Message(7, OnnxBytes.Node("Neg", "", ["x"], ["y"]).Part)));
        Assert.Equal(new OnnxData.External("data/w.bin", 4096, 24), model.Graph.Initializers[0].Data);
        Assert.Equal(new OnnxData.External("v.bin", 0, 7), model.Graph.Initializers[1].Data);
        OnnxSparseTensor sparse = Assert.Single(model.Graph.SparseInitializers);
        Assert.Equal(("s", "i"), (sparse.Values.Name, sparse.Indices!.Name));
        Assert.Equal([10, 10], sparse.Shape);
        OnnxFunction function = Assert.Single(model.Functions);
        Assert.Equal(("F", "d", "Neg"), (function.Name, function.Domain, function.Nodes[0].Operator));
    }

    internal static OnnxModel Read(ProtobufBytes model)
    {
        using TempFolder folder = new();
        return OnnxReader.Read(folder.Write("m.onnx", model.ToArray()));
    }

    private static float[] Floats(OnnxTensor tensor) =>
        System.Runtime.InteropServices.MemoryMarshal.Cast<byte, float>(Assert.IsType<OnnxData.Inline>(tensor.Data).Content.Span).ToArray();
}
