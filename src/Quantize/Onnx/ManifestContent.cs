using System.Text.Json;
using ModelPack.Models;

namespace ModelPack.Quantize.Onnx;

/// <summary>What a check needs of a modelpack.json that others may have changed.</summary>
/// <param name="Files">Every file.</param>
/// <param name="Initializers">Name, data file, first byte and length of every large initializer.</param>
internal sealed record ManifestContent(
    IReadOnlyList<OnnxManifestFile> Files, IReadOnlyList<(string Name, string File, long Offset, long Bytes)> Initializers)
{
    private const long MostBytes = 256 << 20;

    /// <summary>Reads the document.</summary>
    /// <exception cref="ModelPackException">It is no such document.</exception>
    public static ManifestContent Read(string path)
    {
        try
        {
            using FileStream file = File.OpenRead(path);
            if (file.Length > MostBytes)
            {
                throw new ModelPackException($"{file.Length} bytes; expected at most {MostBytes}");
            }

            using JsonDocument document = JsonDocument.Parse(file);
            JsonElement root = document.RootElement;
            int version = root.GetProperty("schemaVersion").GetInt32();
            if (version != OnnxManifest.SchemaVersion)
            {
                throw new ModelPackException($"schemaVersion {version}; this version reads {OnnxManifest.SchemaVersion}");
            }

            return new(
                [.. root.GetProperty("files").EnumerateArray().Select(static f => new OnnxManifestFile(Text(f, "name"), f.GetProperty("bytes").GetInt64(), Text(f, "sha256")))],
                [
                    .. root.GetProperty("tensors").EnumerateArray()
                        .SelectMany(static t => t.GetProperty("initializers").EnumerateArray())
                        .Select(static i => (Text(i, "name"), Text(i, "file"), i.GetProperty("offset").GetInt64(), i.GetProperty("bytes").GetInt64())),
                ]);
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException or FormatException or IOException or UnauthorizedAccessException)
        {
            throw new ModelPackException($"cannot be read: {e.Message.TrimEnd('.')}", e);
        }
    }

    private static string Text(JsonElement element, string name) =>
        element.GetProperty(name).GetString() ?? throw new ModelPackException($"{name} is null; expected a text");
}
