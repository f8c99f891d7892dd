using System.Text.Json;
using ModelPack.Models;
using ModelPack.Models.Checkpoints;

namespace ModelPack.Cli.Inspection;

/// <summary>An ONNX model on the disk: its file, and what the files beside it say.</summary>
/// <param name="Folder">Folder of the model.</param>
/// <param name="File">The .onnx file.</param>
/// <param name="GenAi">The object "model" of genai_config.json; null where there is none.</param>
internal sealed record OnnxFolder(string Folder, string File, ModelConfig? GenAi)
{
    private const string ConfigName = "genai_config.json";

    /// <summary>A single file: what lies beside it may belong to something else and is not looked at.</summary>
    public static OnnxFolder Of(string file) => new(Path.GetDirectoryName(file)!, file, null);

    /// <summary>The ONNX model of a folder; null where the folder holds another kind of model.</summary>
    /// <exception cref="ModelPackException">genai_config.json is broken, or nothing tells which of several files is the model.</exception>
    public static OnnxFolder? Find(string folder)
    {
        string config = Path.Combine(folder, ConfigName);
        if (System.IO.File.Exists(config))
        {
            ModelConfig genAi = Read(config);
            string name = genAi.Section("decoder")?.Text("filename") ?? "model.onnx";
            bool inside = name.Length > 0 && name == Path.GetFileName(name) && !name.Contains('\\') && name is not ("." or "..");
            return inside
                ? new(folder, Path.Combine(folder, name), genAi)
                : throw new InvalidCheckpointException($"{ConfigName}: model.decoder.filename: '{name}'; expected the name of a file in the folder");
        }

        string[] files = [.. Directory.EnumerateFiles(folder, "*.onnx").Order(StringComparer.Ordinal)];
        if (files.Length == 0 || Directory.EnumerateFiles(folder, "*.safetensors").Any())
        {
            return null;
        }

        string? model = Array.Find(files, static f => Path.GetFileName(f) == "model.onnx") ?? (files.Length == 1 ? files[0] : null);
        return model is not null
            ? new(folder, model, null)
            : throw new ModelPackException($"{folder}: {files.Length} .onnx files, none of them model.onnx; name the one to inspect");
    }

    private static ModelConfig Read(string path)
    {
        try
        {
            if (!InputFile.HasContent(path) || new FileInfo(path).Length > 1 << 20)
            {
                throw new InvalidCheckpointException($"{ConfigName}: empty or longer than 1 MiB; expected a JSON object");
            }

            using JsonDocument document = JsonDocument.Parse(System.IO.File.ReadAllBytes(path), new JsonDocumentOptions { MaxDepth = 64 });
            JsonElement root = document.RootElement.Clone();
            return (root.ValueKind == JsonValueKind.Object ? new ModelConfig(ConfigName, root).Section("model") : null)
                ?? throw new InvalidCheckpointException($"{ConfigName}: model: missing; expected an object");
        }
        catch (JsonException cause)
        {
            throw new InvalidCheckpointException($"{ConfigName}: not valid JSON at line {cause.LineNumber + 1}, byte {cause.BytePositionInLine + 1}", cause);
        }
        catch (Exception cause) when (cause is IOException or UnauthorizedAccessException)
        {
            throw new ModelPackException($"{ConfigName}: cannot be read: {cause.Message.TrimEnd('.')}", cause);
        }
    }
}
