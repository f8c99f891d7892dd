using ModelPack.Cli.Documents;
using ModelPack.Models;

namespace ModelPack.Cli.Inspection;

/// <summary>Finds out what a MODEL argument is and describes it.</summary>
internal static class Inspector
{
    /// <summary>Describes a checkpoint folder, a .safetensors, .gguf or .onnx file, or an ONNX folder.</summary>
    /// <param name="path">The MODEL argument.</param>
    /// <param name="listTensors">Whether to list every stored tensor.</param>
    /// <param name="warn">Takes what could not be found out though the rest could.</param>
    /// <param name="cancel">Stops between files.</param>
    /// <exception cref="ModelPackException">The path is none of these, or the file is broken.</exception>
    public static InspectDocument Inspect(string path, bool listTensors, Action<string> warn, CancellationToken cancel)
    {
        string full = Path.TrimEndingDirectorySeparator(Path.GetFullPath(path));
        if (Directory.Exists(full))
        {
            if (OnnxFolder.Find(full) is { } onnx)
            {
                return OnnxInspection.Inspect(onnx, listTensors, warn);
            }

            return CheckpointInspection.Inspect(full, listTensors, warn, cancel);
        }

        if (!File.Exists(full))
        {
            throw new ModelPackException($"{path}: no such folder or file; expected a checkpoint folder, an ONNX folder, a .safetensors, .gguf or .onnx file");
        }

        return Path.GetExtension(full).ToLowerInvariant() switch
        {
            ".gguf" => GgufInspection.Inspect(full, listTensors),
            ".safetensors" => SafetensorsInspection.Inspect(full, listTensors),
            ".onnx" => OnnxInspection.Inspect(OnnxFolder.Of(full), listTensors, warn),
            ".bin" or ".pt" or ".pth" or ".ckpt" => throw new UnsupportedModelException(
                $"{path}: a pickle can run code when it is read, so it is never opened; convert it to safetensors first"),
            _ => throw new ModelPackException($"{path}: expected a checkpoint folder, an ONNX folder, a .safetensors, .gguf or .onnx file"),
        };
    }
}
