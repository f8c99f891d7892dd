using System.Globalization;
using System.Runtime.InteropServices;
using ModelPack.Models.Onnx;

namespace ModelPack.Tests.Support;

/// <summary>Spells ONNX models by field numbers, independently of the product's reader and writer.</summary>
internal static class OnnxBytes
{
    public static ProtobufBytes Model(ProtobufBytes graph, params (string Domain, long Version)[] opsets)
    {
        ProtobufBytes model = new ProtobufBytes().Integer(1, 8).Text(2, "modelpack-tests").Text(3, "1").Message(7, graph);
        foreach ((string domain, long version) in opsets.Length > 0 ? opsets : [("", 17), ("com.microsoft", 1)])
        {
            model.Message(8, new ProtobufBytes().Text(1, domain).Integer(2, version));
        }

        return model;
    }

    /// <summary>A graph of nodes (field 1), inputs (11), outputs (12) and initializers (5), in the order given.</summary>
    public static ProtobufBytes Graph(params ReadOnlySpan<(int Field, ProtobufBytes Part)> parts)
    {
        ProtobufBytes graph = new ProtobufBytes().Text(2, "graph");
        foreach ((int field, ProtobufBytes part) in parts)
        {
            graph.Message(field, part);
        }

        return graph;
    }

    public static (int Field, ProtobufBytes Part) Node(
        string type, string domain, string[] inputs, string[] outputs, params ReadOnlySpan<ProtobufBytes> attributes)
    {
        ProtobufBytes node = new();
        foreach (string input in inputs)
        {
            node.Text(1, input);
        }

        foreach (string output in outputs)
        {
            node.Text(2, output);
        }

        node.Text(3, $"{type}_{outputs.FirstOrDefault()}").Text(4, type);
        foreach (ProtobufBytes attribute in attributes)
        {
            node.Message(5, attribute);
        }

        return (1, node.Text(7, domain));
    }

    public static ProtobufBytes Attribute(string name, long value) => new ProtobufBytes().Text(1, name).Integer(3, value).Integer(20, 2);

    public static ProtobufBytes Attribute(string name, float value) => new ProtobufBytes().Text(1, name).Single(2, value).Integer(20, 1);

    public static ProtobufBytes Attribute(string name, string value) => new ProtobufBytes().Text(1, name).Text(4, value).Integer(20, 3);

    public static ProtobufBytes Attribute(string name, ProtobufBytes tensor) => new ProtobufBytes().Text(1, name).Message(5, tensor).Integer(20, 4);

    public static ProtobufBytes GraphAttribute(string name, ProtobufBytes graph) => new ProtobufBytes().Text(1, name).Message(6, graph).Integer(20, 5);

    /// <summary>A tensor without data.</summary>
    public static ProtobufBytes Header(string name, OnnxElementType type, params ReadOnlySpan<long> shape)
    {
        ProtobufBytes tensor = new();
        foreach (long size in shape)
        {
            tensor.Integer(1, size);
        }

        return tensor.Integer(2, (long)type).Text(8, name);
    }

    public static ProtobufBytes Tensor(string name, OnnxElementType type, ReadOnlySpan<byte> raw, params ReadOnlySpan<long> shape) =>
        Header(name, type, shape).Bytes(9, raw);

    public static ProtobufBytes Tensor(string name, ReadOnlySpan<float> values, params ReadOnlySpan<long> shape) =>
        Tensor(name, OnnxElementType.Float, MemoryMarshal.AsBytes(values), shape);

    public static ProtobufBytes External(string name, OnnxElementType type, string location, long offset, long length, params ReadOnlySpan<long> shape) =>
        Header(name, type, shape)
            .Message(13, Pair("location", location))
            .Message(13, Pair("offset", offset.ToString(CultureInfo.InvariantCulture)))
            .Message(13, Pair("length", length.ToString(CultureInfo.InvariantCulture)))
            .Integer(14, 1);

    public static ProtobufBytes Pair(string key, string value) => new ProtobufBytes().Text(1, key).Text(2, value);

    public static (int Field, ProtobufBytes Part) Initializer(ProtobufBytes tensor) => (5, tensor);

    public static (int Field, ProtobufBytes Part) Input(string name, OnnxElementType type, params ReadOnlySpan<string> dimensions) => (11, Value(name, type, dimensions));

    public static (int Field, ProtobufBytes Part) Output(string name, OnnxElementType type, params ReadOnlySpan<string> dimensions) => (12, Value(name, type, dimensions));

    /// <summary>An input or output; a dimension is a number or a name.</summary>
    private static ProtobufBytes Value(string name, OnnxElementType type, ReadOnlySpan<string> dimensions)
    {
        ProtobufBytes shape = new();
        foreach (string dimension in dimensions)
        {
            shape.Message(1, long.TryParse(dimension, NumberStyles.None, CultureInfo.InvariantCulture, out long size)
                ? new ProtobufBytes().Integer(1, size)
                : new ProtobufBytes().Text(2, dimension));
        }

        ProtobufBytes tensor = new ProtobufBytes().Integer(1, (long)type).Message(2, shape);
        return new ProtobufBytes().Text(1, name).Message(2, new ProtobufBytes().Message(1, tensor));
    }
}
