using System.Buffers.Binary;
using System.Text;
using ModelPack.Models.Gguf;
using ModelPack.Models.Tokenizers;

namespace ModelPack.Tests.Support;

/// <summary>GGUF files without tensors: a vocabulary for llama.cpp to load, and llama.cpp's own vocabularies to read.</summary>
internal static class VocabularyGguf
{
    /// <summary>Loads a vocabulary in llama.cpp by way of a file.</summary>
    public static LlamaModel Load(Vocabulary vocabulary)
    {
        GgufMetadata metadata = new() { { "general.architecture", GgufValue.Of("llama") } };
        VocabularyMetadata.Append(metadata, vocabulary);
        string path = Path.Combine(Path.GetTempPath(), $"vocabulary-{Guid.NewGuid():N}.gguf");
        try
        {
            File.WriteAllBytes(path, Write(metadata));
            return LlamaCpp.Load(path, vocabularyOnly: true);
        }
        finally
        {
            File.Delete(path);
        }
    }

    /// <summary>A version 3 header with metadata and no tensors.</summary>
    public static byte[] Write(GgufMetadata metadata)
    {
        using MemoryStream stream = new();
        using BinaryWriter writer = new(stream);
        writer.Write("GGUF"u8);
        writer.Write(3);
        writer.Write(0L);
        writer.Write((long)metadata.Count);
        foreach ((string key, GgufValue value) in metadata)
        {
            Write(writer, key);
            writer.Write((int)value.Type);
            Write(writer, value.Value);
        }

        writer.Flush();
        return stream.ToArray();
    }

    /// <summary>Metadata of a file; values of arrays are boxed.</summary>
    public static Dictionary<string, object> Read(string path)
    {
        using BinaryReader reader = new(File.OpenRead(path));
        reader.ReadBytes(16);
        long count = reader.ReadInt64();
        Dictionary<string, object> metadata = [];
        for (long i = 0; i < count; i++)
        {
            string key = ReadText(reader);
            metadata[key] = ReadValue(reader, (GgufValueType)reader.ReadInt32());
        }

        return metadata;
    }

    private static void Write(BinaryWriter writer, string text)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(text);
        writer.Write((long)bytes.Length);
        writer.Write(bytes);
    }

    private static void Write(BinaryWriter writer, object value)
    {
        switch (value)
        {
            case string text:
                Write(writer, text);
                break;
            case uint number:
                writer.Write(number);
                break;
            case int number:
                writer.Write(number);
                break;
            case float number:
                writer.Write(number);
                break;
            case bool flag:
                writer.Write(flag);
                break;
            case Array array:
                writer.Write((int)ElementTypeOf(array));
                writer.Write((long)array.Length);
                foreach (object element in array)
                {
                    Write(writer, element);
                }

                break;
            default:
                throw new ArgumentException($"{value.GetType()}", nameof(value));
        }
    }

    private static GgufValueType ElementTypeOf(Array array) => array switch
    {
        string[] => GgufValueType.String,
        int[] => GgufValueType.Int32,
        _ => GgufValueType.Float32,
    };

    private static object ReadValue(BinaryReader reader, GgufValueType type) => type switch
    {
        GgufValueType.UInt32 => reader.ReadUInt32(),
        GgufValueType.Int32 => reader.ReadInt32(),
        GgufValueType.Float32 => reader.ReadSingle(),
        GgufValueType.Bool => reader.ReadBoolean(),
        GgufValueType.String => ReadText(reader),
        GgufValueType.Array => ReadArray(reader),
        _ => throw new NotSupportedException($"{type}"),
    };

    private static object[] ReadArray(BinaryReader reader)
    {
        GgufValueType type = (GgufValueType)reader.ReadInt32();
        object[] values = new object[reader.ReadInt64()];
        for (int i = 0; i < values.Length; i++)
        {
            values[i] = ReadValue(reader, type);
        }

        return values;
    }

    private static string ReadText(BinaryReader reader) =>
        Encoding.UTF8.GetString(reader.ReadBytes((int)BinaryPrimitives.ReadInt64LittleEndian(reader.ReadBytes(8))));
}
