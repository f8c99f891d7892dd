using System.Buffers.Binary;
using System.Globalization;
using System.Text;

namespace ModelPack.Tests.Support;

/// <summary>Writes safetensors files for tests: honest ones from tensors, dishonest ones from a raw header.</summary>
internal static class SafetensorsFixture
{
    /// <summary>Writes a well-formed file; tensors lie in the order given, without gaps.</summary>
    /// <param name="path">File to write.</param>
    /// <param name="tensors">Name, safetensors' name of the type ("BF16"), shape, bytes.</param>
    /// <param name="metadata">Entries of "__metadata__"; none leaves it out.</param>
    public static void Write(
        string path,
        IEnumerable<KeyValuePair<string, FixtureTensor>> tensors,
        IEnumerable<KeyValuePair<string, string>>? metadata = null)
    {
        StringBuilder header = new("{");
        using MemoryStream data = new();
        if (metadata is not null)
        {
            header.Append("\"__metadata__\":{")
                .AppendJoin(',', metadata.Select(static e => $"{Quote(e.Key)}:{Quote(e.Value)}"))
                .Append("},");
        }

        foreach ((string name, FixtureTensor tensor) in tensors)
        {
            long start = data.Position;
            data.Write(tensor.Bytes);
            header.Append(CultureInfo.InvariantCulture,
                $"{Quote(name)}:{{\"dtype\":\"{tensor.Type}\",\"shape\":[{string.Join(',', tensor.Shape)}],\"data_offsets\":[{start},{data.Position}]}},");
        }

        WriteRaw(path, header.ToString().TrimEnd(',') + "}", data.ToArray());
    }

    /// <summary>Writes any header before any data; the length is that of the header, padded with spaces to 8 bytes.</summary>
    public static void WriteRaw(string path, string header, ReadOnlySpan<byte> data)
    {
        byte[] text = Encoding.UTF8.GetBytes(header);
        byte[] padded = new byte[(text.Length + 7) / 8 * 8];
        padded.AsSpan().Fill((byte)' ');
        text.CopyTo(padded, 0);
        WriteRaw(path, (ulong)padded.Length, padded, data);
    }

    /// <summary>Writes any length before any header.</summary>
    public static void WriteRaw(string path, ulong length, ReadOnlySpan<byte> header, ReadOnlySpan<byte> data)
    {
        byte[] prefix = new byte[sizeof(ulong)];
        BinaryPrimitives.WriteUInt64LittleEndian(prefix, length);
        using FileStream file = File.Create(path);
        file.Write(prefix);
        file.Write(header);
        file.Write(data);
    }

    private static string Quote(string text) => System.Text.Json.JsonSerializer.Serialize(text);
}
