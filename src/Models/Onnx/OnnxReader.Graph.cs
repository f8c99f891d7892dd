using ModelPack.Models.Onnx.Reading;

namespace ModelPack.Models.Onnx;

public sealed partial class OnnxReader
{
    private OnnxGraph ReadGraph(OnnxField message, int depth)
    {
        _cursor.Enter("graph", depth - 1);
        if (depth > OnnxLimits.Depth)
        {
            throw OnnxFaults.TooDeep(_cursor.File, _cursor.Place, message.Start);
        }

        string name = "";
        List<OnnxNode> nodes = [];
        List<OnnxValue> inputs = [], outputs = [];
        List<OnnxTensor> initializers = [];
        List<OnnxSparseTensor> sparse = [];
        foreach (OnnxField field in _cursor.Fields(message))
        {
            switch (field.Number)
            {
                case 1:
                    nodes.Add(ReadNode(field, nodes.Count, depth));
                    break;
                case 2:
                    name = _cursor.Name(field);
                    break;
                case 5:
                    initializers.Add(ReadTensor(field, "initializer", initializers.Count));
                    break;
                case 11:
                    inputs.Add(ReadValue(field, "input", inputs.Count));
                    break;
                case 12:
                    outputs.Add(ReadValue(field, "output", outputs.Count));
                    break;
                case 15:
                    sparse.Add(ReadSparse(field, sparse.Count));
                    break;
                default:
                    break;
            }
        }

        return new(name, Fixed(nodes), Fixed(inputs), Fixed(outputs), Fixed(initializers)) { SparseInitializers = Fixed(sparse) };
    }

    private OnnxNode ReadNode(OnnxField message, int index, int depth)
    {
        _cursor.Enter("node", index);
        string type = "", domain = "", name = "";
        List<string>? inputs = null, outputs = null;
        List<OnnxAttribute>? attributes = null;
        foreach (OnnxField field in _cursor.Fields(message))
        {
            switch (field.Number)
            {
                case 1:
                    (inputs ??= []).Add(_cursor.Name(field));
                    break;
                case 2:
                    (outputs ??= []).Add(_cursor.Name(field));
                    break;
                case 3:
                    name = _cursor.Name(field);
                    break;
                case 4:
                    type = _cursor.Name(field);
                    break;
                case 5:
                    (attributes ??= []).Add(ReadAttribute(field, attributes.Count, depth));
                    break;
                case 7:
                    domain = _cursor.Name(field);
                    break;
                default:
                    break;
            }
        }

        // "ai.onnx" is the long name of ONNX's own domain.
        return new(type, domain == "ai.onnx" ? "" : domain, name, Fixed(inputs), Fixed(outputs), Fixed(attributes));
    }

    private OnnxValue ReadValue(OnnxField message, string place, int index)
    {
        _cursor.Enter(place, index);
        string name = "";
        OnnxElementType type = OnnxElementType.Undefined;
        List<OnnxDimension>? dimensions = null;
        foreach (OnnxField field in _cursor.Fields(message))
        {
            if (field.Number == 1)
            {
                name = _cursor.Name(field);
            }
            else if (field.Number == 2)
            {
                foreach (OnnxField kind in _cursor.Fields(field))
                {
                    // Sequences, maps and optional values keep only their name.
                    if (kind.Number == 1)
                    {
                        ReadTensorType(kind, ref type, ref dimensions);
                    }
                }
            }
        }

        return new(name, type, dimensions);
    }

    private void ReadTensorType(OnnxField message, ref OnnxElementType type, ref List<OnnxDimension>? dimensions)
    {
        foreach (OnnxField field in _cursor.Fields(message))
        {
            if (field.Number == 1)
            {
                type = ReadType(field);
            }
            else if (field.Number == 2)
            {
                dimensions = [];
                foreach (OnnxField size in _cursor.Fields(field))
                {
                    if (size.Number == 1)
                    {
                        dimensions.Add(ReadDimension(size));
                    }
                }
            }
        }
    }

    private OnnxDimension ReadDimension(OnnxField message)
    {
        _cursor.Count(1);
        OnnxDimension dimension = default;
        foreach (OnnxField field in _cursor.Fields(message))
        {
            dimension = field.Number switch
            {
                1 => new(_cursor.Integer(field), null),
                2 => new(null, _cursor.Name(field)),
                _ => dimension,
            };
        }

        return dimension;
    }

    private OnnxElementType ReadType(OnnxField field)
    {
        long type = _cursor.Integer(field);
        return type is >= 0 and <= (long)OnnxElementType.Int2
            ? (OnnxElementType)type
            : throw OnnxFaults.UnknownType(_cursor.File, _cursor.Place, field.Start, (ulong)type);
    }
}
