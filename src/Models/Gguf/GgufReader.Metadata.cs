using System.Buffers.Binary;

namespace ModelPack.Models.Gguf;

internal sealed partial class GgufReader
{
    private GgufMetadata ReadMetadata(long count)
    {
        GgufMetadata metadata = [];
        for (long i = 0; i < count; i++)
        {
            _cursor.Place = $"key {i}";
            string key = ReadKey();
            if (metadata.Contains(key))
            {
                throw GgufFaults.DuplicateKey(File, key);
            }

            _cursor.Place = key;
            metadata[key] = ReadValue(ReadType());
        }

        return metadata;
    }

    private string ReadKey()
    {
        ulong length = _cursor.ReadUInt64();
        return length switch
        {
            0 => throw GgufFaults.EmptyKey(File, _cursor.Place),
            > GgufFormat.MaxKeyBytes => throw GgufFaults.KeyTooLong(File, _cursor.Place, length),
            _ => GgufText.Decode(_cursor.Take((int)length)),
        };
    }

    private GgufValueType ReadType()
    {
        long at = _cursor.Position;
        uint type = _cursor.ReadUInt32();
        return type <= (uint)GgufValueType.Float64
            ? (GgufValueType)type
            : throw GgufFaults.UnknownValueType(File, _cursor.Place, at, type);
    }

    private GgufValue ReadValue(GgufValueType type) => type switch
    {
        GgufValueType.UInt8 => GgufValue.Of(_cursor.Take(1)[0]),
        GgufValueType.Int8 => GgufValue.Of((sbyte)_cursor.Take(1)[0]),
        GgufValueType.UInt16 => GgufValue.Of(BinaryPrimitives.ReadUInt16LittleEndian(_cursor.Take(2))),
        GgufValueType.Int16 => GgufValue.Of(BinaryPrimitives.ReadInt16LittleEndian(_cursor.Take(2))),
        GgufValueType.UInt32 => GgufValue.Of(_cursor.ReadUInt32()),
        GgufValueType.Int32 => GgufValue.Of((int)_cursor.ReadUInt32()),
        GgufValueType.Float32 => GgufValue.Of(BinaryPrimitives.ReadSingleLittleEndian(_cursor.Take(4))),
        GgufValueType.Bool => GgufValue.Of(ToBool(_cursor.Take(1)[0])),
        GgufValueType.String => GgufValue.Of(ReadString()),
        GgufValueType.UInt64 => GgufValue.Of(_cursor.ReadUInt64()),
        GgufValueType.Int64 => GgufValue.Of((long)_cursor.ReadUInt64()),
        GgufValueType.Float64 => GgufValue.Of(BinaryPrimitives.ReadDoubleLittleEndian(_cursor.Take(8))),
        _ => ReadArray(1),
    };

    private GgufValue ReadArray(int depth)
    {
        if (depth > GgufFormat.MaxArrayDepth)
        {
            throw GgufFaults.ArrayTooDeep(File, _cursor.Place);
        }

        long at = _cursor.Position;
        GgufValueType type = ReadType();
        ulong declared = _cursor.ReadUInt64();
        if (declared > GgufFormat.MaxArrayElements || declared > (ulong)(_cursor.Left / GgufFormat.MinBytes(type)))
        {
            throw GgufFaults.ArrayTooLong(File, _cursor.Place, at, declared, type, _cursor.Left);
        }

        int count = (int)declared;
        return type switch
        {
            GgufValueType.UInt8 => ReadNumbers(count, 1, static b => b[0]),
            GgufValueType.Int8 => ReadNumbers(count, 1, static b => (sbyte)b[0]),
            GgufValueType.UInt16 => ReadNumbers(count, 2, BinaryPrimitives.ReadUInt16LittleEndian),
            GgufValueType.Int16 => ReadNumbers(count, 2, BinaryPrimitives.ReadInt16LittleEndian),
            GgufValueType.UInt32 => ReadNumbers(count, 4, BinaryPrimitives.ReadUInt32LittleEndian),
            GgufValueType.Int32 => ReadNumbers(count, 4, BinaryPrimitives.ReadInt32LittleEndian),
            GgufValueType.Float32 => ReadNumbers(count, 4, BinaryPrimitives.ReadSingleLittleEndian),
            GgufValueType.Bool => ReadNumbers(count, 1, b => ToBool(b[0])),
            GgufValueType.UInt64 => ReadNumbers(count, 8, BinaryPrimitives.ReadUInt64LittleEndian),
            GgufValueType.Int64 => ReadNumbers(count, 8, BinaryPrimitives.ReadInt64LittleEndian),
            GgufValueType.Float64 => ReadNumbers(count, 8, BinaryPrimitives.ReadDoubleLittleEndian),
            GgufValueType.String => ReadEach(count, ReadString),
            _ => ReadEach(count, () => ReadArray(depth + 1)),
        };
    }

    /// <summary>Reads numbers a stretch at a time: an array may be longer than the cursor's buffer.</summary>
    private GgufValue ReadNumbers<T>(int count, int size, Func<ReadOnlySpan<byte>, T> read)
    {
        T[] values = new T[count];
        int stretch = (1 << 16) / size;
        for (int i = 0; i < count; i += stretch)
        {
            int n = Math.Min(stretch, count - i);
            ReadOnlySpan<byte> bytes = _cursor.Take(n * size);
            for (int j = 0; j < n; j++)
            {
                values[i + j] = read(bytes.Slice(j * size, size));
            }
        }

        return GgufValue.OfArray(values);
    }

    private static GgufValue ReadEach<T>(int count, Func<T> read)
    {
        T[] values = new T[count];
        for (int i = 0; i < count; i++)
        {
            values[i] = read();
        }

        return GgufValue.OfArray(values);
    }

    private string ReadString()
    {
        long at = _cursor.Position;
        ulong length = _cursor.ReadUInt64();
        return length <= GgufFormat.MaxStringBytes && length <= (ulong)_cursor.Left
            ? GgufText.Decode(_cursor.Take((int)length))
            : throw GgufFaults.StringTooLong(File, _cursor.Place, at, length, _cursor.Left);
    }

    private bool ToBool(byte value) => value switch
    {
        0 => false,
        1 => true,
        _ => throw GgufFaults.BadBool(File, _cursor.Place, value),
    };
}
