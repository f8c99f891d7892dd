using System.Text;
using ModelPack.Models.Onnx.Reading;

namespace ModelPack.Models.Onnx;

public sealed partial class OnnxReader
{
    private OnnxAttribute ReadAttribute(OnnxField message, int index, int depth)
    {
        _cursor.Enter("attribute", index);
        string name = "";
        long type = 0;
        OnnxAttribute? single = null;
        List<long>? integers = null;
        List<float>? numbers = null;
        foreach (OnnxField field in _cursor.Fields(message))
        {
            switch (field.Number)
            {
                case 1:
                    name = _cursor.Name(field);
                    break;
                case 2:
                    single = new OnnxAttribute.Float("", _cursor.Single(field));
                    break;
                case 3:
                    single = new OnnxAttribute.Int("", _cursor.Integer(field));
                    break;
                case 4:
                    single = ReadText(field);
                    break;
                case 5:
                    single = new OnnxAttribute.Tensor("", ReadTensor(field, "tensor of attribute", index));
                    break;
                case 6:
                    single = new OnnxAttribute.Graph("", ReadGraph(field, depth + 1));
                    break;
                case 7:
                    _cursor.Singles(field, numbers ??= []);
                    break;
                case 8:
                    _cursor.Integers(field, integers ??= []);
                    break;
                case 20:
                    type = _cursor.Integer(field);
                    break;
                default:
                    break;
            }
        }

        // Fields that hold zero may be left out, and a list may be empty: then only the type tells.
        return (single, type) switch
        {
            _ when numbers is not null => new OnnxAttribute.Floats(name, Fixed(numbers)),
            _ when integers is not null => new OnnxAttribute.Ints(name, Fixed(integers)),
            ({ } value, _) => value with { Name = name },
            (null, 1) => new OnnxAttribute.Float(name, 0),
            (null, 2) => new OnnxAttribute.Int(name, 0),
            (null, 3) => new OnnxAttribute.Text(name, ""),
            (null, 6) => new OnnxAttribute.Floats(name, []),
            (null, 7) => new OnnxAttribute.Ints(name, []),
            _ => new OnnxAttribute.Other(name),
        };
    }

    /// <summary>A text, or bytes that some operators keep in its place: those are read past.</summary>
    private OnnxAttribute ReadText(OnnxField field)
    {
        _cursor.RequireBytes(field, "2 (text)");
        if (field.Length > OnnxLimits.InlineBytes)
        {
            return new OnnxAttribute.Other("");
        }

        byte[] bytes = _cursor.Bytes(field);
        return System.Text.Unicode.Utf8.IsValid(bytes)
            ? new OnnxAttribute.Text("", Encoding.UTF8.GetString(bytes))
            : new OnnxAttribute.Other("");
    }
}
