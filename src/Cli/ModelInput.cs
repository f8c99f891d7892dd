using ModelPack.Cli.Runs;
using ModelPack.Models;
using ModelPack.Models.Architectures;
using ModelPack.Models.Cards;
using ModelPack.Models.Checkpoints;
using ModelPack.Models.Conversion;
using ModelPack.Models.Gguf;
using ModelPack.Models.Tokenizers;
using ModelPack.Models.Tokenizers.Encoders;
using ModelPack.Models.Tokenizers.Texts;
using ModelPack.Quantize.Weights;

namespace ModelPack.Cli;

/// <summary>The MODEL argument of convert and quantize, opened: a checkpoint folder or an unquantized GGUF file.</summary>
internal sealed class ModelInput : IDisposable
{
    private readonly IDisposable _files;

    private ModelInput(string path, string label, GgufModel model, IDisposable files) =>
        (Path, Label, Model, _files) = (path, label, model, files);

    /// <summary>Absolute path of the folder or file.</summary>
    public string Path { get; }

    /// <summary>What it is, for people: "Qwen3MoeForCausalLM, fp8 128x128".</summary>
    public string Label { get; }

    /// <summary>The model as GGUF spells it.</summary>
    public GgufModel Model { get; }

    /// <summary>Where the output goes when nobody says: beside the model, named after it and the type.</summary>
    public string DefaultOutput(string type)
    {
        string name = System.IO.Path.GetFileName(Path);
        string stem = File.Exists(Path) ? System.IO.Path.GetFileNameWithoutExtension(name) : name;
        foreach (string source in (string[])["-f32", "-f16", "-bf16"])
        {
            stem = stem.EndsWith(source, StringComparison.OrdinalIgnoreCase) ? stem[..^source.Length] : stem;
        }

        return System.IO.Path.Combine(System.IO.Path.GetDirectoryName(Path) ?? Path, $"{stem}-{type}.gguf");
    }

    /// <summary>Opens MODEL and reads everything but its weights.</summary>
    /// <param name="path">A folder, or a .gguf file.</param>
    /// <param name="preTokenizer">llama.cpp's name of the pre-tokenizer, or null to find it from the tokenizer's regex.</param>
    /// <param name="cancel">Stops between files.</param>
    /// <exception cref="ModelPackException">The path is neither, or the model is broken or not supported.</exception>
    public static ModelInput Open(string path, string? preTokenizer, CancellationToken cancel)
    {
        string full = System.IO.Path.TrimEndingDirectorySeparator(System.IO.Path.GetFullPath(path));
        if (Directory.Exists(full))
        {
            return OpenCheckpoint(full, preTokenizer, cancel);
        }

        if (!File.Exists(full))
        {
            throw new ModelPackException($"{path}: no such folder or file; expected a checkpoint folder or a .gguf file");
        }

        return System.IO.Path.GetExtension(full).ToLowerInvariant() switch
        {
            ".gguf" => OpenGguf(full),
            ".safetensors" => throw new ModelPackException(
                $"{path}: a weight file alone has no config and no tokenizer; give the folder that holds it"),
            ".bin" or ".pt" or ".pth" or ".ckpt" => throw new ModelPackException(
                $"{path}: a pickle can run code when it is read, so it is never opened; convert it to safetensors first"),
            _ => throw new ModelPackException($"{path}: expected a checkpoint folder or a .gguf file"),
        };
    }

    /// <summary>The weights by role, from the same open files as <see cref="Model"/>.</summary>
    /// <exception cref="ModelPackException">The model's architecture is not covered.</exception>
    public ModelWeights OpenWeights() => _files is Checkpoint checkpoint ? ModelWeights.Of(checkpoint) : GgufModelWeights.Of((GgufFile)_files);

    /// <summary>Text as tokens of the model.</summary>
    /// <param name="text">A file or folder.</param>
    /// <exception cref="ModelPackException">The tokenizer is broken or not supported, or the text cannot be read.</exception>
    public RunText OpenText(string text) => _files is GgufFile file
        ? new(text, TextEncoder.Open(file), null, parseSpecial: false)
        : new(text, TextEncoder.Open(Path), ConversationTemplate.TryOpen(Path), parseSpecial: false);

    public void Dispose() => _files.Dispose();

    private static ModelInput OpenCheckpoint(string folder, string? preTokenizer, CancellationToken cancel)
    {
        Checkpoint checkpoint = Checkpoint.Open(folder, cancel);
        try
        {
            Architecture architecture = Architecture.Find(checkpoint.Config);
            DecoderSpec spec = architecture.ReadSpec(checkpoint.Config);
            Vocabulary vocabulary = VocabularyReader.Read(folder, spec.VocabularySize, new VocabularyOptions { PreTokenizer = preTokenizer });
            GgufModel model = GgufConversion.Create(checkpoint, vocabulary, ModelCardReader.ReadFolder(folder));
            string name = checkpoint.Config.Texts("architectures")[0];
            return new(folder, checkpoint.Encoding == "none" ? name : $"{name}, {checkpoint.Encoding}", model, checkpoint);
        }
        catch
        {
            checkpoint.Dispose();
            throw;
        }
    }

    private static ModelInput OpenGguf(string path)
    {
        GgufFile file = GgufFile.Open(path);
        try
        {
            GgufModel model = GgufSource.Create(file);
            string label = file.Metadata.TryGet("general.architecture", out GgufValue? name) ? name.AsString() : "GGUF";
            return new(path, $"{label}, {model.DefaultType.Name.ToLowerInvariant()} GGUF", model, file);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }
}
