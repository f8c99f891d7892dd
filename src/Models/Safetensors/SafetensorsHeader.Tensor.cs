using System.Text.Json;
using ModelPack.Models.Tensors;

namespace ModelPack.Models.Safetensors;

internal sealed partial class SafetensorsHeader
{
    private TensorInfo ReadTensor(ref Utf8JsonReader reader, string name)
    {
        if (reader.TokenType != JsonTokenType.StartObject)
        {
            throw SafetensorsFaults.TensorNotObject(_file, name);
        }

        DType? type = null;
        List<long>? shape = null;
        List<long>? offsets = null;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            string field = reader.GetString()!;
            reader.Read();
            switch (field)
            {
                case "dtype":
                    ThrowIfRepeated(type is not null, name, field);
                    type = ReadType(ref reader, name);
                    break;
                case "shape":
                    ThrowIfRepeated(shape is not null, name, field);
                    shape = ReadIntegers(ref reader, name, field);
                    break;
                case "data_offsets":
                    ThrowIfRepeated(offsets is not null, name, field);
                    offsets = ReadIntegers(ref reader, name, field);
                    break;
                default:
                    reader.Skip();
                    break;
            }
        }

        return Build(
            name,
            type ?? throw SafetensorsFaults.FieldMissing(_file, name, "dtype"),
            shape ?? throw SafetensorsFaults.FieldMissing(_file, name, "shape"),
            offsets ?? throw SafetensorsFaults.FieldMissing(_file, name, "data_offsets"));
    }

    private void ThrowIfRepeated(bool repeated, string name, string field)
    {
        if (repeated)
        {
            throw SafetensorsFaults.FieldRepeated(_file, name, field);
        }
    }

    private DType ReadType(ref Utf8JsonReader reader, string name)
    {
        if (reader.TokenType != JsonTokenType.String)
        {
            throw SafetensorsFaults.FieldInvalid(_file, name, "dtype", "a string");
        }

        string text = reader.GetString()!;
        return DTypes.TryParse(text, out DType type) ? type : throw SafetensorsFaults.UnknownType(_file, name, text);
    }

    private List<long> ReadIntegers(ref Utf8JsonReader reader, string name, string field)
    {
        const string Expected = "an array of integers from 0 to 9223372036854775807";
        if (reader.TokenType != JsonTokenType.StartArray)
        {
            throw SafetensorsFaults.FieldInvalid(_file, name, field, Expected);
        }

        List<long> values = [];
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            if (reader.TokenType != JsonTokenType.Number || !reader.TryGetInt64(out long value) || value < 0)
            {
                throw SafetensorsFaults.FieldInvalid(_file, name, field, Expected);
            }

            if (values.Count == MaxDimensions)
            {
                throw SafetensorsFaults.TooManyDimensions(_file, name);
            }

            values.Add(value);
        }

        return values;
    }

    private TensorInfo Build(string name, DType type, List<long> shape, List<long> offsets)
    {
        if (offsets is not [long begin, long end])
        {
            throw SafetensorsFaults.FieldInvalid(_file, name, "data_offsets", "[begin, end]");
        }

        if (end < begin)
        {
            throw SafetensorsFaults.OffsetsReversed(_file, name, begin, end);
        }

        long expected = SizeOf(name, type, shape);
        if (end - begin != expected)
        {
            throw SafetensorsFaults.WrongSize(_file, name, end - begin, expected);
        }

        if (end > long.MaxValue - _dataStart)
        {
            throw SafetensorsFaults.SizeOverflow(_file, name);
        }

        return new TensorInfo(name, type, shape, new ByteRange(_index, _dataStart + begin, end - begin));
    }

    /// <summary>Bytes of a tensor; computed in bits, because elements of 4 or 6 bits share bytes.</summary>
    private long SizeOf(string name, DType type, List<long> shape)
    {
        UInt128 limit = (UInt128)long.MaxValue;
        UInt128 bits = (UInt128)type.Bits();
        foreach (long dimension in shape)
        {
            if (dimension != 0 && bits > limit / (UInt128)dimension)
            {
                throw SafetensorsFaults.SizeOverflow(_file, name);
            }

            bits *= (UInt128)dimension;
        }

        return bits % 8 == 0 ? (long)(bits / 8) : throw SafetensorsFaults.PartialByte(_file, name, type);
    }
}
