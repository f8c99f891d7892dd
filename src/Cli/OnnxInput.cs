using ModelPack.Cli.Runs;
using ModelPack.Models;
using ModelPack.Models.Architectures;
using ModelPack.Models.Checkpoints;
using ModelPack.Models.Tokenizers.Encoders;
using ModelPack.Models.Tokenizers.Texts;
using ModelPack.Quantize.Onnx;

namespace ModelPack.Cli;

/// <summary>The MODEL argument of convert and quantize for ONNX, opened: a checkpoint folder.</summary>
internal sealed class OnnxInput : IDisposable
{
    private OnnxInput(string path, Checkpoint checkpoint) => (Path, Checkpoint) = (path, checkpoint);

    /// <summary>Absolute path of the folder.</summary>
    public string Path { get; }

    public Checkpoint Checkpoint { get; }

    /// <summary>What it is, for people: "Qwen3MoeForCausalLM, fp8 128x128".</summary>
    public string Label
    {
        get
        {
            string name = Checkpoint.Config.Texts("architectures")[0];
            return Checkpoint.Encoding == "none" ? name : $"{name}, {Checkpoint.Encoding}";
        }
    }

    /// <summary>Name of the model: that of its folder, or the hub's where a hub's cache tells.</summary>
    public string Name => Models.Conversion.ModelFolder.NameOf(Path);

    /// <summary>Where the output goes when nobody says: beside the model, named after it and the type.</summary>
    public string DefaultOutput(OnnxType type) =>
        System.IO.Path.Combine(System.IO.Path.GetDirectoryName(Path) ?? Path, $"{System.IO.Path.GetFileName(Path)}-{type}-onnx");

    /// <summary>The type that "auto" stands for: f32 for a checkpoint of float32, f16 for any other, as no operator takes bf16.</summary>
    public OnnxType NaturalType() =>
        Checkpoint.Tensors.Values.Where(static t => t.Shape.Count > 1).All(static t => t.Weights.NaturalType == Models.Tensors.DType.F32)
            ? OnnxType.F32
            : OnnxType.F16;

    /// <summary>Opens MODEL and reads everything but its weights.</summary>
    /// <exception cref="ModelPackException">It is no checkpoint folder, or the model is broken or not supported.</exception>
    public static OnnxInput Open(string path, CancellationToken cancel)
    {
        string full = System.IO.Path.TrimEndingDirectorySeparator(System.IO.Path.GetFullPath(path));
        if (!Directory.Exists(full))
        {
            throw new ModelPackException(File.Exists(full)
                ? $"{path}: is a file; --to onnx reads checkpoint folders only"
                : $"{path}: no such folder; expected a checkpoint folder");
        }

        Checkpoint checkpoint = Checkpoint.Open(full, cancel);
        try
        {
            Architecture.Find(checkpoint.Config);
            return new(full, checkpoint);
        }
        catch
        {
            checkpoint.Dispose();
            throw;
        }
    }

    /// <summary>Text as tokens of the model.</summary>
    /// <param name="text">A file or folder.</param>
    /// <exception cref="ModelPackException">The tokenizer is broken or not supported, or the text cannot be read.</exception>
    public RunText OpenText(string text) => new(text, TextEncoder.Open(Path), ConversationTemplate.TryOpen(Path), parseSpecial: false);

    public void Dispose() => Checkpoint.Dispose();
}
