using ModelPack.Cli.Inspection;
using ModelPack.Models;
using ModelPack.Models.Checkpoints;
using ModelPack.Models.Conversion;
using ModelPack.Models.Gguf;
using ModelPack.Models.Tokenizers.Encoders;
using ModelPack.Models.Tokenizers.Texts;
using ModelPack.Quantize.Weights;
using ModelPack.Runtime;
using ModelPack.Runtime.Evaluation;

namespace ModelPack.Cli.Runs;

/// <summary>A MODEL argument, opened to be run: a checkpoint folder, a GGUF file, or an ONNX folder or file.</summary>
internal sealed class RunInput : IDisposable
{
    private const string Expected = "a checkpoint folder, a .gguf file, an ONNX folder or an .onnx file";

    private readonly IDisposable? _files;
    private readonly Func<TextEncoder> _encoder;
    private readonly Func<ConversationTemplate?> _template;

    private RunInput(
        string path, ModelWeights? weights, string? onnx, IDisposable? files, Func<TextEncoder> encoder, Func<ConversationTemplate?> template)
    {
        (Path, Weights, Onnx, _files, _encoder, _template) = (path, weights, onnx, files, encoder, template);
    }

    /// <summary>Absolute path of the folder or file.</summary>
    public string Path { get; }

    /// <summary>Its weights; null for ONNX, whose graph is run as it is.</summary>
    public ModelWeights? Weights { get; }

    /// <summary>The .onnx file; null for anything else.</summary>
    public string? Onnx { get; }

    /// <summary>Name for people: that of the file or folder.</summary>
    public string Name => System.IO.Path.GetFileName(Path);

    /// <summary>Opens MODEL and reads everything but its weights.</summary>
    /// <exception cref="ModelPackException">The path is no model, or the model is broken or not supported.</exception>
    public static RunInput Open(string path, CancellationToken cancel)
    {
        string full = System.IO.Path.TrimEndingDirectorySeparator(System.IO.Path.GetFullPath(path));
        if (Directory.Exists(full))
        {
            return OnnxFolder.Find(full) is { } folder ? OfOnnx(full, folder.File) : OfCheckpoint(full, cancel);
        }

        if (!File.Exists(full))
        {
            throw new ModelPackException($"{path}: no such folder or file; expected {Expected}");
        }

        return System.IO.Path.GetExtension(full).ToLowerInvariant() switch
        {
            ".gguf" => OfGguf(full),
            ".onnx" => OfOnnx(full, full),
            ".safetensors" => throw new ModelPackException(
                $"{path}: a weight file alone has no config and no tokenizer; give the folder that holds it"),
            ".bin" or ".pt" or ".pth" or ".ckpt" => throw new UnsupportedModelException(
                $"{path}: a pickle can run code when it is read, so it is never opened; convert it to safetensors first"),
            _ => throw new ModelPackException($"{path}: expected {Expected}"),
        };
    }

    /// <summary>The model's tokenizer.</summary>
    /// <exception cref="ModelPackException">There is none, or it is not supported.</exception>
    public TextEncoder OpenEncoder() => _encoder();

    /// <summary>The model's chat template; null where there is none.</summary>
    public ConversationTemplate? OpenTemplate() => _template();

    /// <summary>Loads the model to run it.</summary>
    /// <exception cref="ModelPackException">The device cannot be used, or the model is refused.</exception>
    public LogitsModel OpenModel(RunnerOptions options) =>
        Weights is not null ? new PassModel(Weights, options) : OnnxModel.Open(Onnx!, options);

    public void Dispose() => _files?.Dispose();

    private static RunInput OfOnnx(string path, string file)
    {
        string folder = System.IO.Path.GetDirectoryName(file)!;
        return new(path, null, file, null, () => TextEncoder.Open(folder), () => ConversationTemplate.TryOpen(folder));
    }

    private static RunInput OfCheckpoint(string folder, CancellationToken cancel)
    {
        Checkpoint checkpoint = Checkpoint.Open(folder, cancel);
        return Guarded(checkpoint, () => new(
            folder, ModelWeights.Of(checkpoint), null, checkpoint, () => TextEncoder.Open(folder), () => ConversationTemplate.TryOpen(folder)));
    }

    private static RunInput OfGguf(string path)
    {
        GgufFile file = GgufFile.Open(path);
        return Guarded(file, () => new(
            path, GgufModelWeights.Of(file), null, file, () => TextEncoder.Open(file), () => ConversationTemplate.TryOpen(file)));
    }

    private static RunInput Guarded(IDisposable files, Func<RunInput> open)
    {
        try
        {
            return open();
        }
        catch
        {
            files.Dispose();
            throw;
        }
    }
}
