using System.Text.Json;
using ModelPack.Models.Safetensors;

namespace ModelPack.Models.Checkpoints;

/// <summary>Reads a checkpoint's JSON files, with a cap on their size; a UTF-8 byte order mark is skipped.</summary>
internal static class JsonFile
{
    /// <summary>Far above any config.json in use.</summary>
    public const int MaxConfigLength = 16 << 20;

    /// <summary>The file's bytes without byte order mark.</summary>
    /// <param name="path">Path of the file.</param>
    /// <param name="name">Name for error messages.</param>
    /// <param name="maxLength">Longest file that is read.</param>
    /// <exception cref="InvalidCheckpointException">The file is too long or empty, or a Git LFS pointer.</exception>
    /// <exception cref="ModelPackException">The file cannot be read.</exception>
    public static ReadOnlyMemory<byte> Read(string path, string name, int maxLength)
    {
        using WeightFile file = WeightFile.Open(path, name);
        if (SafetensorsReader.IsLfsPointer(file))
        {
            throw SafetensorsFaults.GitLfsPointer(name);
        }

        if (file.Length > maxLength)
        {
            throw new InvalidCheckpointException($"{name}: {file.Length} bytes; at most {maxLength} are read");
        }

        byte[] bytes = new byte[(int)file.Length];
        file.Read(0, bytes);
        return bytes.AsSpan().StartsWith((ReadOnlySpan<byte>)[0xEF, 0xBB, 0xBF]) ? bytes.AsMemory(3) : bytes;
    }

    /// <summary>Parses a file whose root is an object.</summary>
    /// <inheritdoc cref="Read"/>
    public static JsonElement ReadObject(string path, string name)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(Read(path, name, MaxConfigLength), new JsonDocumentOptions { MaxDepth = 64 });
            return document.RootElement.ValueKind == JsonValueKind.Object
                ? document.RootElement.Clone()
                : throw new InvalidCheckpointException($"{name}: {document.RootElement.ValueKind}; expected a JSON object");
        }
        catch (JsonException e)
        {
            throw new InvalidCheckpointException($"{name}: not valid JSON at line {e.LineNumber + 1}, byte {e.BytePositionInLine + 1}", e);
        }
    }
}
