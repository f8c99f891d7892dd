using ModelPack.Packaging.Oci;

namespace ModelPack.Packaging.Packing;

/// <summary>Finds the media type of a file's layer by its name.</summary>
public static class LayerKind
{
    private static readonly string[] Weights = [".safetensors", ".gguf", ".onnx", ".onnx_data", ".data", ".bin", ".pt", ".pth", ".ckpt", ".h5", ".npz", ".tflite"];
    private static readonly string[] Configs = [".json", ".jinja", ".model", ".tiktoken", ".vocab", ".yaml", ".yml", ".toml", ".ini", ".proto"];
    private static readonly string[] Docs = [".md", ".txt", ".pdf", ".rst", ".html", ".png", ".jpg", ".jpeg", ".svg", ".gif", ".webp", ".bib", ".cff"];
    private static readonly string[] Code = [".py", ".sh", ".cs", ".js", ".ts", ".c", ".cc", ".cpp", ".h", ".cu", ".rs", ".go", ".ipynb", ".ps1"];
    private static readonly string[] Data = [".jsonl", ".parquet", ".csv", ".tsv", ".arrow"];
    private static readonly string[] Texts = ["LICENSE", "LICENCE", "COPYING", "NOTICE", "README", "AUTHORS", "CITATION", "USE_POLICY"];
    private static readonly string[] VocabularyTexts = ["vocab.txt", "merges.txt"];

    /// <summary>The media type, and whether it is a guess because nothing knows such names.</summary>
    /// <param name="path">Path in the package.</param>
    public static (string MediaType, bool Guessed) Of(string path)
    {
        string name = path[(path.LastIndexOf('/') + 1)..];
        string extension = Path.GetExtension(name).ToLowerInvariant();
        string? kind =
            VocabularyTexts.Contains(name) ? "weight.config"
            : Array.Exists(Texts, t => name.StartsWith(t, StringComparison.OrdinalIgnoreCase)) ? "doc"
            : Weights.Contains(extension) ? "weight"
            : Configs.Contains(extension) ? "weight.config"
            : Docs.Contains(extension) ? "doc"
            : Code.Contains(extension) ? "code"
            : Data.Contains(extension) ? "dataset"
            : null;
        return (MediaTypes.Raw(kind ?? "weight.config"), kind is null);
    }
}
