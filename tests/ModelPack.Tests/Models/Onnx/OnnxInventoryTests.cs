using ModelPack.Models.Onnx;
using ModelPack.Tests.Support;

namespace ModelPack.Tests.Models.Onnx;

public sealed class OnnxInventoryTests
{
    [Fact]
    public void A_quantized_matrix_counts_its_weights_and_neither_padding_nor_scales()
    {
        // 40 columns in blocks of 32: two blocks a row, the second half empty.
        OnnxInventory all = Inventory(OnnxBytes.Graph(
            OnnxBytes.Node(
                "MatMulNBits", "com.microsoft", ["x", "q", "s", "z", "", "b"], ["y"],
                OnnxBytes.Attribute("K", 40), OnnxBytes.Attribute("N", 3), OnnxBytes.Attribute("bits", 4), OnnxBytes.Attribute("block_size", 32)),
            Bytes("q", 3, 2, 16), Singles("s", 6), Bytes("z", 3), Singles("b", 3)));
        Assert.Equal([("q", "int4", 120), ("s", "f32", 0), ("z", "uint8", 0), ("b", "f32", 3)], Listed(all));
    }

    [Fact]
    public void Experts_of_a_layer_in_two_operators_are_counted_together()
    {
        // Hidden 8, intermediate 4; three experts of 4 bits and one of 8, two used.
        OnnxInventory all = Inventory(OnnxBytes.Graph(
            Moe("a", 4), Bytes("a1", 3, 8, 4), Singles("as1", 3, 8), Bytes("a2", 3, 8, 2), Singles("as2", 3, 8),
            Moe("b", 8), Bytes("b1", 1, 8, 8), Singles("bs1", 1, 8), Bytes("b2", 1, 8, 4), Singles("bs2", 1, 8)));
        Assert.Equal((4L, 2L), all.Experts);
        Assert.Equal(4 * ((8 * 8) + (8 * 4)), all.Constants.Sum(static c => c.Parameters));
        Assert.Equal(["int4", "int8"], all.Constants.Where(static c => c.Parameters > 0).Select(static c => c.Type).Distinct());
        Assert.All(all.Constants.Where(static c => c.Parameters > 0), static c => Assert.Equal((4, 2), c.Experts));

        static (int, ProtobufBytes) Moe(string name, int bits) => OnnxBytes.Node(
            "QMoE", "com.microsoft", ["h", "router", $"{name}1", $"{name}s1", "", $"{name}2", $"{name}s2"], [$"{name}_y"],
            OnnxBytes.Attribute("k", 2), OnnxBytes.Attribute("expert_weight_bits", bits));
    }

    [Fact]
    public void Shapes_scalars_tables_of_angles_and_scales_are_no_weights()
    {
        OnnxInventory all = Inventory(OnnxBytes.Graph(
            OnnxBytes.Node("GroupQueryAttention", "com.microsoft", ["q", "k", "v", "", "", "n", "t", "cos", "sin"], ["a"]),
            OnnxBytes.Node("Reshape", "", ["a", "shape"], ["r"]),
            OnnxBytes.Node("Mul", "", ["r", "half"], ["m"]),
            OnnxBytes.Node("DequantizeLinear", "", ["w", "ws", "wz"], ["wf"]),
            OnnxBytes.Node("MatMul", "", ["m", "wf"], ["y"]),
            Singles("cos", 4, 2), Singles("sin", 4, 2), (5, OnnxBytes.Tensor("shape", OnnxElementType.Int64, new byte[16], 2)),
            (5, OnnxBytes.Tensor("half", [0.5f])), (5, OnnxBytes.Tensor("w", OnnxElementType.Int4, new byte[8], 5, 3)), Singles("ws", 3),
            (5, OnnxBytes.Tensor("wz", OnnxElementType.Int4, new byte[2], 3))));
        Assert.Equal([("w", "int4", 15)], Listed(all).Where(static c => c.Parameters > 0));
    }

    [Fact]
    public void Weights_in_constant_nodes_subgraphs_and_functions_are_found_and_names_are_looked_up_outwards()
    {
        ProtobufBytes branch = OnnxBytes.Graph(
            OnnxBytes.Node("Constant", "", [], ["inner"], OnnxBytes.Attribute("value", OnnxBytes.Tensor("", [1f, 2, 3], 3))),
            OnnxBytes.Node("MatMulNBits", "com.microsoft", ["x", "flat", "s"], ["y"], OnnxBytes.Attribute("K", 32), OnnxBytes.Attribute("N", 1), OnnxBytes.Attribute("bits", 8)));
        ProtobufBytes graph = OnnxBytes.Graph(
            OnnxBytes.Node("Reshape", "", ["outer", "shape"], ["flat"]),
            OnnxBytes.Node("If", "", ["c"], ["y"], OnnxBytes.GraphAttribute("then_branch", branch)),
            Bytes("outer", 32), Singles("s", 1));
        ProtobufBytes function = new ProtobufBytes().Text(1, "F").Message(7, OnnxBytes.Node("Constant", "", [], ["f"], OnnxBytes.Attribute("value", OnnxBytes.Tensor("", [1f, 2], 2))).Part);
        OnnxInventory all = OnnxInventory.Of(OnnxReaderTests.Read(OnnxBytes.Model(graph).Message(25, function)));
        Assert.Equal([("outer", "int8", 32), ("s", "f32", 0), ("inner", "f32", 3), ("f", "f32", 2)], Listed(all));
    }

    [Fact]
    public void Two_names_for_the_same_external_bytes_are_one_weight()
    {
        OnnxInventory all = Inventory(OnnxBytes.Graph(
            (5, OnnxBytes.External("embedding", OnnxElementType.Float, "d", 0, 24, 2, 3)),
            (5, OnnxBytes.External("head", OnnxElementType.Float, "d", 0, 24, 2, 3))));
        Assert.Equal([("embedding", "f32", 6), ("head", "f32", 0)], Listed(all));
    }

    private static OnnxInventory Inventory(ProtobufBytes graph) => OnnxInventory.Of(OnnxReaderTests.Read(OnnxBytes.Model(graph)));

    private static (int, ProtobufBytes) Bytes(string name, params ReadOnlySpan<long> shape) =>
        (5, OnnxBytes.Tensor(name, OnnxElementType.UInt8, new byte[Product(shape)], shape));

    private static (int, ProtobufBytes) Singles(string name, params ReadOnlySpan<long> shape) =>
        (5, OnnxBytes.Tensor(name, new float[Product(shape)], shape));

    private static long Product(ReadOnlySpan<long> shape)
    {
        long product = 1;
        foreach (long size in shape)
        {
            product *= size;
        }

        return product;
    }

    private static (string Name, string Type, long Parameters)[] Listed(OnnxInventory all) =>
        [.. all.Constants.Select(static c => (c.Name, c.Type, c.Parameters))];
}
