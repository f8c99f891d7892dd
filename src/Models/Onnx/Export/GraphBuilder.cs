using System.Buffers.Binary;
using System.Globalization;

namespace ModelPack.Models.Onnx.Export;

/// <summary>Collects the nodes and the small constants of a graph; a node's first output has the node's name.</summary>
internal sealed class GraphBuilder
{
    /// <summary>Domain of ONNX Runtime's own operators.</summary>
    public const string Microsoft = "com.microsoft";

    private readonly List<OnnxNode> _nodes = [];
    private readonly Dictionary<string, OnnxTensor> _constants = new(StringComparer.Ordinal);
    private readonly List<OnnxTensor> _initializers = [];

    /// <summary>Nodes in the order in which they were added.</summary>
    public IReadOnlyList<OnnxNode> Nodes => _nodes;

    /// <summary>Constants in the order of their first use.</summary>
    public IReadOnlyList<OnnxTensor> Initializers => _initializers;

    /// <summary>Adds one of ONNX's operators.</summary>
    /// <returns>Its output, named as the node.</returns>
    public string Add(string @operator, string name, IReadOnlyList<string> inputs, params IReadOnlyList<OnnxAttribute> attributes) =>
        Add("", @operator, name, inputs, [name], attributes);

    /// <summary>Adds one of ONNX Runtime's operators.</summary>
    /// <returns>Its output, named as the node.</returns>
    public string AddMicrosoft(string @operator, string name, IReadOnlyList<string> inputs, params IReadOnlyList<OnnxAttribute> attributes) =>
        Add(Microsoft, @operator, name, inputs, [name], attributes);

    /// <summary>Adds an operator with any outputs.</summary>
    /// <returns>The first output.</returns>
    public string Add(
        string domain,
        string @operator,
        string name,
        IReadOnlyList<string> inputs,
        IReadOnlyList<string> outputs,
        IReadOnlyList<OnnxAttribute> attributes)
    {
        int used = inputs.Count;
        while (used > 0 && inputs[used - 1].Length == 0)
        {
            used--;
        }

        _nodes.Add(new(@operator, domain, name, [.. inputs.Take(used)], outputs, attributes));
        return outputs[0];
    }

    /// <summary>Reshape; 0 keeps a size, -1 takes the rest.</summary>
    public string Reshape(string name, string value, params long[] shape) => Add("Reshape", name, [value, Integers(shape)]);

    /// <summary>Cast.</summary>
    public string Cast(string name, string value, OnnxElementType type) =>
        Add("Cast", name, [value], new OnnxAttribute.Int("to", (long)type));

    /// <summary>A constant vector.</summary>
    /// <returns>Its name; equal constants are one.</returns>
    public string Integers(params ReadOnlySpan<long> values) => Constant(values, [values.Length], "integers");

    /// <summary>A constant scalar.</summary>
    public string Integer(long value) => Constant([value], [], "integer");

    /// <summary>A constant number: a vector of one, Float or Float16.</summary>
    public string Number(double value, OnnxElementType type)
    {
        string name = string.Create(CultureInfo.InvariantCulture, $"const.{(type == OnnxElementType.Float ? "float" : "half")}.{value:r}");
        if (_constants.TryGetValue(name, out OnnxTensor? known))
        {
            return known.Name;
        }

        byte[] bytes = new byte[type == OnnxElementType.Float ? sizeof(float) : sizeof(ushort)];
        if (type == OnnxElementType.Float)
        {
            BinaryPrimitives.WriteSingleLittleEndian(bytes, (float)value);
        }
        else
        {
            BinaryPrimitives.WriteHalfLittleEndian(bytes, (Half)value);
        }

        return Keep(new(name, type, [1], new OnnxData.Inline(bytes)));
    }

    private string Constant(ReadOnlySpan<long> values, long[] shape, string kind)
    {
        string name = $"const.{kind}.{string.Join('_', values.ToArray())}";
        if (_constants.TryGetValue(name, out OnnxTensor? known))
        {
            return known.Name;
        }

        byte[] bytes = new byte[values.Length * sizeof(long)];
        for (int i = 0; i < values.Length; i++)
        {
            BinaryPrimitives.WriteInt64LittleEndian(bytes.AsSpan(i * sizeof(long)), values[i]);
        }

        return Keep(new(name, OnnxElementType.Int64, shape, new OnnxData.Inline(bytes)));
    }

    private string Keep(OnnxTensor tensor)
    {
        _constants.Add(tensor.Name, tensor);
        _initializers.Add(tensor);
        return tensor.Name;
    }
}
