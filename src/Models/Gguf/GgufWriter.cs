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
            Write(value.Value);
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

    private void Write(object value)
    {
        switch (value)
        {
            case byte n: _writer.Write(n); break;
            case sbyte n: _writer.Write(n); break;
            case ushort n: _writer.Write(n); break;
            case short n: _writer.Write(n); break;
            case uint n: _writer.Write(n); break;
            case int n: _writer.Write(n); break;
            case float n: _writer.Write(n); break;
            case bool b: _writer.Write(b); break;
            case string s: Write(s); break;
            case ulong n: _writer.Write(n); break;
            case long n: _writer.Write(n); break;
            case double n: _writer.Write(n); break;
            default: WriteArray((Array)value); break;
        }
    }

    private void WriteArray(Array array)
    {
        switch (array)
        {
            case byte[] values: WriteArray(GgufValueType.UInt8, values, _writer.Write); break;
            case sbyte[] values: WriteArray(GgufValueType.Int8, values, _writer.Write); break;
            case ushort[] values: WriteArray(GgufValueType.UInt16, values, _writer.Write); break;
            case short[] values: WriteArray(GgufValueType.Int16, values, _writer.Write); break;
            case uint[] values: WriteArray(GgufValueType.UInt32, values, _writer.Write); break;
            case int[] values: WriteArray(GgufValueType.Int32, values, _writer.Write); break;
            case float[] values: WriteArray(GgufValueType.Float32, values, _writer.Write); break;
            case bool[] values: WriteArray(GgufValueType.Bool, values, _writer.Write); break;
            case string[] values: WriteArray(GgufValueType.String, values, Write); break;
            case ulong[] values: WriteArray(GgufValueType.UInt64, values, _writer.Write); break;
            case long[] values: WriteArray(GgufValueType.Int64, values, _writer.Write); break;
            case double[] values: WriteArray(GgufValueType.Float64, values, _writer.Write); break;
            default: WriteArray(GgufValueType.Array, (GgufValue[])array, v => Write(v.Value)); break;
        }
    }

    private void WriteArray<T>(GgufValueType type, T[] values, Action<T> write)
    {
        _writer.Write((int)type);
        _writer.Write((ulong)values.Length);
        Array.ForEach(values, write);
    }
}
