using System.Globalization;

namespace ModelPack.Models.Onnx;

/// <summary>Writes a model as protobuf; the same model gives the same bytes.</summary>
/// <remarks>
/// Inline data is written as raw_data, external data as its place; neither is read here. Everything but the inline data is held
/// in memory a few times over, so large weights belong into external files. Source of the field numbers: onnx/onnx.proto, IR version 10.
/// </remarks>
public static class OnnxWriter
{
    private enum AttributeType
    {
        Float = 1,
        Int = 2,
        Text = 3,
        Tensor = 4,
        Graph = 5,
        Floats = 6,
        Ints = 7,
    }

    /// <summary>Writes the model.</summary>
    /// <param name="output">Left open.</param>
    /// <param name="model">Must hold no data that was left in another model file, and nothing that is only read.</param>
    /// <exception cref="ArgumentException">It does.</exception>
    public static void Write(Stream output, OnnxModel model)
    {
        ProtobufWriter writer = new();
        Write(writer, model);
        output.Write(writer.Written.Span);
    }

    private static void Write(ProtobufWriter writer, OnnxModel model)
    {
        if (model.Functions.Count > 0)
        {
            throw new ArgumentException("functions cannot be written", nameof(model));
        }

        writer.Integer(1, model.IrVersion);
        writer.Text(2, model.Producer);
        writer.Text(3, model.ProducerVersion);
        writer.Message(7, model.Graph, Write);
        writer.Messages(8, model.Opsets, static (w, opset) =>
        {
            w.Text(1, opset.Key);
            w.Integer(2, opset.Value);
        });
        writer.Messages(14, model.Metadata, WriteEntry);
    }

    private static void Write(ProtobufWriter writer, OnnxGraph graph)
    {
        if (graph.SparseInitializers.Count > 0)
        {
            throw new ArgumentException($"graph {graph.Name}: sparse tensors cannot be written", nameof(graph));
        }

        writer.Messages(1, graph.Nodes, Write);
        writer.Text(2, graph.Name);
        writer.Messages(5, graph.Initializers, Write);
        writer.Messages(11, graph.Inputs, Write);
        writer.Messages(12, graph.Outputs, Write);
    }

    private static void Write(ProtobufWriter writer, OnnxNode node)
    {
        foreach (string input in node.Inputs)
        {
            writer.Text(1, input);
        }

        foreach (string output in node.Outputs)
        {
            writer.Text(2, output);
        }

        writer.Text(3, node.Name);
        writer.Text(4, node.Operator);
        writer.Messages(5, node.Attributes, Write);
        writer.Text(7, node.Domain);
    }

    private static void Write(ProtobufWriter writer, OnnxAttribute attribute)
    {
        writer.Text(1, attribute.Name);
        AttributeType type = WriteValue(writer, attribute);
        writer.Integer(20, (long)type);
    }

    private static AttributeType WriteValue(ProtobufWriter writer, OnnxAttribute attribute)
    {
        switch (attribute)
        {
            case OnnxAttribute.Float number:
                writer.Float(2, number.Value);
                return AttributeType.Float;
            case OnnxAttribute.Int number:
                writer.Integer(3, number.Value);
                return AttributeType.Int;
            case OnnxAttribute.Text text:
                writer.Text(4, text.Value);
                return AttributeType.Text;
            case OnnxAttribute.Tensor tensor:
                writer.Message(5, tensor.Value, Write);
                return AttributeType.Tensor;
            case OnnxAttribute.Graph graph:
                writer.Message(6, graph.Value, Write);
                return AttributeType.Graph;
            case OnnxAttribute.Floats numbers:
                foreach (float number in numbers.Values)
                {
                    writer.Float(7, number);
                }

                return AttributeType.Floats;
            case OnnxAttribute.Ints numbers:
                foreach (long number in numbers.Values)
                {
                    writer.Integer(8, number);
                }

                return AttributeType.Ints;
            default:
                throw new ArgumentException($"attribute {attribute.Name}: {attribute.GetType().Name} cannot be written", nameof(attribute));
        }
    }

    private static void Write(ProtobufWriter writer, OnnxTensor tensor)
    {
        foreach (long size in tensor.Shape)
        {
            writer.Integer(1, size);
        }

        writer.Integer(2, (long)tensor.Type);
        writer.Text(8, tensor.Name);
        switch (tensor.Data)
        {
            case OnnxData.Inline inline:
                writer.Bytes(9, inline.Content.Span);
                break;
            case OnnxData.External external:
                WriteEntry(writer, 13, "location", external.Location);
                WriteEntry(writer, 13, "offset", external.Offset.ToString(CultureInfo.InvariantCulture));
                WriteEntry(writer, 13, "length", external.Bytes.ToString(CultureInfo.InvariantCulture));
                writer.Integer(14, 1);
                break;
            default:
                throw new ArgumentException($"tensor {tensor.Name}: its data is not at hand", nameof(tensor));
        }
    }

    private static void Write(ProtobufWriter writer, OnnxValue value)
    {
        writer.Text(1, value.Name);
        writer.Message(2, value, static (type, v) => type.Message(1, v, static (tensor, w) =>
        {
            tensor.Integer(1, (long)w.Type);
            if (w.Dimensions is { } dimensions)
            {
                tensor.Message(2, dimensions, static (shape, all) => shape.Messages(1, all, Write));
            }
        }));
    }

    private static void Write(ProtobufWriter writer, OnnxDimension dimension)
    {
        if (dimension.Size is { } size)
        {
            writer.Integer(1, size);
        }
        else if (dimension.Name is { } name)
        {
            writer.Text(2, name);
        }
    }

    private static void WriteEntry(ProtobufWriter writer, int field, string key, string value) =>
        writer.Message(field, KeyValuePair.Create(key, value), WriteEntry);

    private static void WriteEntry(ProtobufWriter writer, KeyValuePair<string, string> entry)
    {
        writer.Text(1, entry.Key);
        writer.Text(2, entry.Value);
    }
}
