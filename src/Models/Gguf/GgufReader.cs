namespace ModelPack.Models.Gguf;

/// <summary>Reads the header of one GGUF file, versions 2 and 3, and checks all of it.</summary>
/// <remarks>Source of the format: ggml's docs/gguf.md.</remarks>
internal sealed partial class GgufReader
{
    private readonly GgufCursor _cursor;
    private readonly long _length;

    private GgufReader(GgufCursor cursor, long length) => (_cursor, _length) = (cursor, length);

    private string File => _cursor.File;

    /// <summary>Reads and checks a header.</summary>
    /// <exception cref="InvalidCheckpointException">The file is broken.</exception>
    /// <exception cref="UnsupportedModelException">A version, byte order or tensor type that is not read.</exception>
    public static GgufHeader Read(GgufCursor cursor, long length) => new GgufReader(cursor, length).Read();

    private GgufHeader Read()
    {
        uint version = ReadVersion();
        ulong tensorCount = _cursor.ReadUInt64();
        ulong keyCount = _cursor.ReadUInt64();
        if (keyCount > (ulong)_cursor.Left / GgufFormat.MinKeyRecordBytes)
        {
            throw GgufFaults.TooManyKeys(File, keyCount, _cursor.Left);
        }

        if (tensorCount > (ulong)_cursor.Left / GgufFormat.MinTensorRecordBytes)
        {
            throw GgufFaults.TooManyTensors(File, tensorCount, _cursor.Left);
        }

        GgufMetadata metadata = ReadMetadata((long)keyCount);
        int alignment = ReadAlignment(metadata);
        List<GgufTensorInfo> tensors = ReadTensors((long)tensorCount, alignment);
        long dataOffset = GgufFormat.Align(_cursor.Position, alignment);
        CheckPlacement(tensors, dataOffset);
        return new GgufHeader(version, metadata, tensors, alignment, dataOffset);
    }

    private uint ReadVersion()
    {
        if (_length == 0)
        {
            throw GgufFaults.Empty(File);
        }

        ReadOnlySpan<byte> magic = _cursor.Take((int)Math.Min(4, _length));
        if (!magic.SequenceEqual(GgufFormat.Magic))
        {
            throw IsLfsPointer(magic.ToArray()) ? GgufFaults.LfsPointer(File) : GgufFaults.NotGguf(File, magic);
        }

        uint version = _cursor.ReadUInt32();
        return version switch
        {
            2 or 3 => version,
            1 => throw GgufFaults.VersionOne(File),
            not 0 when (version & 0xFFFF) == 0 =>
                throw GgufFaults.BigEndian(File, System.Buffers.Binary.BinaryPrimitives.ReverseEndianness(version)),
            _ => throw GgufFaults.UnknownVersion(File, version),
        };
    }

    private bool IsLfsPointer(byte[] start)
    {
        ReadOnlySpan<byte> pointer = "version https://git-lfs.github.com/spec/"u8;
        return _length >= pointer.Length
            && pointer.StartsWith(start)
            && _cursor.Take(pointer.Length - start.Length).SequenceEqual(pointer[start.Length..]);
    }

    private int ReadAlignment(GgufMetadata metadata)
    {
        if (!metadata.TryGet(GgufFormat.AlignmentKey, out GgufValue? value))
        {
            return GgufFormat.DefaultAlignment;
        }

        return value.Value is byte or ushort or uint or ulong or sbyte or short or int or long
            && !(value.Value is ulong and > GgufFormat.MaxAlignment)
            && value.AsInteger() is > 0 and <= GgufFormat.MaxAlignment and long alignment
            && (alignment % 8 == 0 || long.IsPow2(alignment))
            ? (int)alignment
            : throw GgufFaults.BadAlignment(File, value);
    }
}
