using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace ModelPack.Tests.Support;

/// <summary>Reads just enough of a GGUF file to compare two of them; shares no code with the readers under test.</summary>
/// <param name="Path">The file.</param>
/// <param name="Metadata">Values as text; arrays as "[n] sha256".</param>
/// <param name="Tensors">Name, ggml's number of the type, shape (row length first), place in the file, bytes up to the next tensor.</param>
internal sealed record GgufProbe(
    string Path, IReadOnlyDictionary<string, string> Metadata, IReadOnlyList<GgufProbe.Tensor> Tensors)
{
    private const int StringType = 8;

    private const int ArrayType = 9;

    /// <summary>Reads the header.</summary>
    public static GgufProbe Read(string path)
    {
        using FileStream file = File.OpenRead(path);
        using BinaryReader reader = new(file, Encoding.UTF8);
        if (reader.ReadUInt32() != 0x46554747 || reader.ReadUInt32() != 3)
        {
            throw new InvalidDataException($"{path}: no GGUF of version 3");
        }

        (long tensors, long keys) = (reader.ReadInt64(), reader.ReadInt64());
        Dictionary<string, string> metadata = [];
        for (long i = 0; i < keys; i++)
        {
            string key = Text(reader);
            metadata.Add(key, Value(reader, reader.ReadInt32()));
        }

        List<Tensor> infos = [];
        for (long i = 0; i < tensors; i++)
        {
            string name = Text(reader);
            long[] shape = [.. Enumerable.Range(0, reader.ReadInt32()).Select(_ => reader.ReadInt64())];
            infos.Add(new(name, reader.ReadInt32(), shape, reader.ReadInt64(), 0));
        }

        long alignment = metadata.TryGetValue("general.alignment", out string? text) ? long.Parse(text[(text.IndexOf(':', StringComparison.Ordinal) + 1)..], CultureInfo.InvariantCulture) : 32;
        long start = (file.Position + alignment - 1) / alignment * alignment;
        long[] ends = [.. infos.Select(static t => t.Offset).Skip(1), file.Length - start];
        return new(path, metadata, [.. infos.Select((t, i) => t with { Offset = start + t.Offset, Bytes = ends[i] - t.Offset })]);
    }

    /// <summary>SHA-256 of a tensor's bytes, padding included, in lower-case hex.</summary>
    public string Sha256(Tensor tensor)
    {
        using FileStream file = File.OpenRead(Path);
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        file.Position = tensor.Offset;
        byte[] buffer = new byte[1 << 20];
        for (long left = tensor.Bytes; left > 0;)
        {
            int read = file.Read(buffer, 0, (int)Math.Min(left, buffer.Length));
            if (read == 0)
            {
                throw new EndOfStreamException($"{Path}: {tensor.Name} ends early");
            }

            hash.AppendData(buffer, 0, read);
            left -= read;
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    /// <summary>What differs between two files, one line each; empty when all metadata and tensors are the same.</summary>
    public static IReadOnlyList<string> Differences(GgufProbe expected, GgufProbe actual) =>
        [.. MetadataDifferences(expected, actual), .. TensorDifferences(expected, actual)];

    /// <summary>Keys whose value or type differs, or that only one file has.</summary>
    public static IReadOnlyList<string> MetadataDifferences(GgufProbe expected, GgufProbe actual) =>
    [
        .. from key in expected.Metadata.Keys.Union(actual.Metadata.Keys)
           let want = expected.Metadata.GetValueOrDefault(key)
           let got = actual.Metadata.GetValueOrDefault(key)
           where want != got
           select $"{key}: expected {want ?? "nothing"}, got {got ?? "nothing"}",
    ];

    /// <summary>Tensors whose type, shape or bytes differ, or that only one file has.</summary>
    public static IReadOnlyList<string> TensorDifferences(GgufProbe expected, GgufProbe actual)
    {
        List<string> lines = [];
        Dictionary<string, Tensor> others = actual.Tensors.ToDictionary(static t => t.Name);
        foreach (Tensor want in expected.Tensors)
        {
            if (!others.Remove(want.Name, out Tensor? got))
            {
                lines.Add($"{want.Name}: missing");
            }
            else if (want.Type != got.Type || !want.Shape.SequenceEqual(got.Shape))
            {
                lines.Add($"{want.Name}: expected type {want.Type} [{string.Join(',', want.Shape)}], got {got.Type} [{string.Join(',', got.Shape)}]");
            }
            else if (expected.Sha256(want) != actual.Sha256(got))
            {
                lines.Add($"{want.Name}: other bytes");
            }
        }

        return [.. lines, .. others.Keys.Select(static name => $"{name}: not expected")];
    }

    private static string Text(BinaryReader reader) => Encoding.UTF8.GetString(reader.ReadBytes(checked((int)reader.ReadInt64())));

    private static string Value(BinaryReader reader, int type)
    {
        if (type != ArrayType)
        {
            return Scalar(reader, type);
        }

        (int element, long count) = (reader.ReadInt32(), reader.ReadInt64());
        StringBuilder text = new();
        for (long i = 0; i < count; i++)
        {
            text.Append(Scalar(reader, element)).Append('\n');
        }

        return $"[{count}] {element}:{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text.ToString())))}";
    }

    private static string Scalar(BinaryReader reader, int type) => type switch
    {
        StringType => Text(reader),
        ArrayType => Value(reader, type),
        _ => string.Create(CultureInfo.InvariantCulture, $"{type}:{Number(reader, type)}"),
    };

    private static object Number(BinaryReader reader, int type) => type switch
    {
        0 => reader.ReadByte(),
        1 => reader.ReadSByte(),
        2 => reader.ReadUInt16(),
        3 => reader.ReadInt16(),
        4 => reader.ReadUInt32(),
        5 => reader.ReadInt32(),
        6 => reader.ReadSingle(),
        7 => reader.ReadByte() != 0,
        10 => reader.ReadUInt64(),
        11 => reader.ReadInt64(),
        12 => reader.ReadDouble(),
        _ => throw new InvalidDataException($"metadata of type {type}"),
    };

    /// <summary>One tensor record.</summary>
    internal sealed record Tensor(string Name, int Type, long[] Shape, long Offset, long Bytes);
}
