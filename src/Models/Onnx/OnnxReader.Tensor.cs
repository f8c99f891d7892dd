using ModelPack.Models.Onnx.Reading;

namespace ModelPack.Models.Onnx;

public sealed partial class OnnxReader
{
    private OnnxTensor ReadTensor(OnnxField message, string place, int index)
    {
        _cursor.Enter(place, index);
        string name = "";
        OnnxElementType type = OnnxElementType.Undefined;
        List<long> shape = [];
        bool external = false;
        List<KeyValuePair<string, string>> pairs = [];
        Stored data = default;
        foreach (OnnxField field in _cursor.Fields(message))
        {
            switch (field.Number)
            {
                case 1:
                    _cursor.Integers(field, shape);
                    break;
                case 2:
                    type = ReadType(field);
                    break;
                case 8:
                    name = _cursor.Name(field);
                    break;
                case 9:
                    _cursor.RequireBytes(field, "2 (bytes)");
                    data = data.Field is 0 ? new(9, 1, field) : throw TwoKinds(name, field);
                    break;
                case 4 or 5 or 6 or 7 or 10 or 11:
                    data = data.Field is 0 || data.Field == field.Number
                        ? new(field.Number, data.Count + CountElements(field), data.Field == 0 ? field : default)
                        : throw TwoKinds(name, field);
                    break;
                case 13:
                    pairs.Add(ReadPair(field, $"external data of {place}", index));
                    break;
                case 14:
                    external = _cursor.Integer(field) == 1;
                    break;
                default:
                    break;
            }
        }

        string shown = name.Length > 0 ? name : _cursor.Place;
        if (shape.Count > OnnxLimits.Rank || shape.Exists(static n => n < 0)
            || (type.Bits() > 0 && (type.Bytes(shape) ?? long.MaxValue) > OnnxLimits.TensorBytes))
        {
            throw OnnxFaults.BadShape(_cursor.File, shown, message.End, shape);
        }

        long? expected = type.Bytes(shape);
        OnnxData where = external
            ? OnnxExternalData.Read(_cursor.File, shown, pairs, expected)
            : Locate(data, shown, type, expected, message.End);
        return new(name, type, Fixed(shape), where);
    }

    private OnnxData Locate(Stored data, string name, OnnxElementType type, long? expected, long end)
    {
        // Packed numbers lie as raw_data would; others are spelled one by one.
        bool contiguous = data.Field == 9 || (data.Place.Wire == 2
            && ((data.Field == 4 && type == OnnxElementType.Float) || (data.Field == 10 && type == OnnxElementType.Double)));
        long bytes = data.Field switch
        {
            9 => data.Place.Length,
            6 => data.Count,
            _ => type switch
            {
                OnnxElementType.Complex64 or OnnxElementType.Complex128 => checked(data.Count * type.Bits() / 16),
                _ when type.Bits() < 8 => data.Count,
                _ => checked(data.Count * type.Bits() / 8),
            },
        };
        if (expected is long size && bytes != size)
        {
            throw OnnxFaults.WrongDataLength(_cursor.File, name, end, bytes, size);
        }

        if (!contiguous)
        {
            return bytes == 0 ? new OnnxData.Inline(ReadOnlyMemory<byte>.Empty) : new OnnxData.InFile(-1, bytes);
        }

        if (bytes > OnnxLimits.InlineBytes || _inline + bytes > OnnxLimits.InlineBytesInAll)
        {
            return new OnnxData.InFile(data.Place.Start, bytes);
        }

        _inline += bytes;
        return new OnnxData.Inline(bytes == 0 ? [] : _cursor.Bytes(data.Place));
    }

    /// <summary>Elements of a typed data field; of text, its bytes.</summary>
    private long CountElements(OnnxField field) => (field.Number, field.Wire) switch
    {
        (6, 2) => field.Length,
        (4, 2) when field.Length % 4 == 0 => field.Length / 4,
        (10, 2) when field.Length % 8 == 0 => field.Length / 8,
        (4, 5) or (10, 1) => 1,
        (5 or 7 or 11, _) => _cursor.CountIntegers(field),
        _ => throw OnnxFaults.WrongWire(_cursor.File, _cursor.Place, field, "numbers of this field's type"),
    };

    private OnnxSparseTensor ReadSparse(OnnxField message, int index)
    {
        OnnxTensor? values = null, indices = null;
        List<long> shape = [];
        foreach (OnnxField field in _cursor.Fields(message))
        {
            switch (field.Number)
            {
                case 1:
                    values = ReadTensor(field, "values of sparse initializer", index);
                    break;
                case 2:
                    indices = ReadTensor(field, "indices of sparse initializer", index);
                    break;
                case 3:
                    _cursor.Integers(field, shape);
                    break;
                default:
                    break;
            }
        }

        values ??= new("", OnnxElementType.Undefined, [], new OnnxData.Inline(ReadOnlyMemory<byte>.Empty));
        return new(values, indices, Fixed(shape));
    }

    private InvalidCheckpointException TwoKinds(string name, OnnxField field) =>
        OnnxFaults.TwoKindsOfData(_cursor.File, name.Length > 0 ? name : _cursor.Place, field.Start);

    /// <summary>A data field as it was met: which one, how many elements, and where if there was but one run of it.</summary>
    private readonly record struct Stored(int Field, long Count, OnnxField Place);
}
