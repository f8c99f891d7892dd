using System.Text;

namespace ModelPack.Models.Gguf;

/// <summary>Spells header records as bytes, little-endian.</summary>
/// <param name="output">Receives the bytes; not owned.</param>
internal sealed class GgufWriter(Stream output) : IDisposable
{
    private readonly BinaryWriter _writer = new(output, Encoding.UTF8, leaveOpen: true);

    public void WriteStart(int tensors, int keys)
    {
        _writer.Write(GgufFormat.Magic);
        _writer.Write((uint)GgufFormat.Version);
        _writer.Write((ulong)tensors);
        _writer.Write((ulong)keys);
    }

    public void WriteMetadata(GgufMetadata metadata)
    {
        foreach ((string key, GgufValue value) in metadata)
        {
            Write(key);
            _writer.Write((int)value.Type);
            Write(value);
        }
    }

    /// <summary>Writes a tensor record; dimensions of 1 at the end are left out, as ggml does.</summary>
    public void WriteTensor(GgufTensorInfo tensor)
    {
        int rank = Rank(tensor.Shape);
        Write(tensor.Name);
        _writer.Write(rank);
        for (int d = 0; d < rank; d++)
        {
            _writer.Write(tensor.Shape[d]);
        }

        _writer.Write(tensor.Type.Id);
        _writer.Write(tensor.Offset);
    }

    /// <summary>Bytes of <see cref="WriteTensor"/>.</summary>
    public static int TensorRecordBytes(string name, IReadOnlyList<long> shape) =>
        8 + GgufText.ByteCount(name) + 4 + (8 * Rank(shape)) + 4 + 8;

    public void Dispose() => _writer.Dispose();

    private static int Rank(IReadOnlyList<long> shape)
    {
        int rank = shape.Count;
        while (rank > 1 && shape[rank - 1] == 1)
        {
            rank--;
        }

        return rank;
    }

    private void Write(string text)
    {
        byte[] bytes = GgufText.Encode(text);
        _writer.Write((ulong)bytes.Length);
        _writer.Write(bytes);
    }

    private void Write(GgufValue value)
    {
        switch (value.Type)
        {
            case GgufValueType.UInt8: _writer.Write((byte)value.Value); break;
            case GgufValueType.Int8: _writer.Write((sbyte)value.Value); break;
            case GgufValueType.UInt16: _writer.Write((ushort)value.Value); break;
            case GgufValueType.Int16: _writer.Write((short)value.Value); break;
            case GgufValueType.UInt32: _writer.Write((uint)value.Value); break;
            case GgufValueType.Int32: _writer.Write((int)value.Value); break;
            case GgufValueType.Float32: _writer.Write((float)value.Value); break;
            case GgufValueType.Bool: _writer.Write((bool)value.Value); break;
            case GgufValueType.String: Write((string)value.Value); break;
            case GgufValueType.UInt64: _writer.Write((ulong)value.Value); break;
            case GgufValueType.Int64: _writer.Write((long)value.Value); break;
            case GgufValueType.Float64: _writer.Write((double)value.Value); break;
            default: WriteArray(value.ElementType!.Value, value.Value); break;
        }
    }

    /// <summary>The type is given: to the runtime an int[] is a uint[] too.</summary>
    private void WriteArray(GgufValueType type, object values)
    {
        _writer.Write((int)type);
        switch (type)
        {
            case GgufValueType.UInt8: WriteEach((byte[])values, _writer.Write); break;
            case GgufValueType.Int8: WriteEach((sbyte[])values, _writer.Write); break;
            case GgufValueType.UInt16: WriteEach((ushort[])values, _writer.Write); break;
            case GgufValueType.Int16: WriteEach((short[])values, _writer.Write); break;
            case GgufValueType.UInt32: WriteEach((uint[])values, _writer.Write); break;
            case GgufValueType.Int32: WriteEach((int[])values, _writer.Write); break;
            case GgufValueType.Float32: WriteEach((float[])values, _writer.Write); break;
            case GgufValueType.Bool: WriteEach((bool[])values, _writer.Write); break;
            case GgufValueType.String: WriteEach((string[])values, Write); break;
            case GgufValueType.UInt64: WriteEach((ulong[])values, _writer.Write); break;
            case GgufValueType.Int64: WriteEach((long[])values, _writer.Write); break;
            case GgufValueType.Float64: WriteEach((double[])values, _writer.Write); break;
            default: WriteEach((GgufValue[])values, v => WriteArray(v.ElementType!.Value, v.Value)); break;
        }
    }

    private void WriteEach<T>(T[] values, Action<T> write)
    {
        _writer.Write((ulong)values.Length);
        Array.ForEach(values, write);
    }
}
