namespace ModelPack.Quantize.Onnx;

/// <summary>The codes of <see cref="FolderFinding"/>: API, never renamed.</summary>
public static class FolderFindingCode
{
    /// <summary>A file that every folder needs is missing: the graph, genai_config.json, the tokenizer, modelpack.json.</summary>
    public const string Missing = "missing";

    /// <summary>A file that something refers to leaves the folder, by its name or as a link.</summary>
    public const string Outside = "outside";

    /// <summary>A file has another size than modelpack.json says, or is too short for what the graph has in it.</summary>
    public const string Size = "size";

    /// <summary>A file has other bytes than modelpack.json says.</summary>
    public const string Hash = "hash";

    /// <summary>A file that modelpack.json does not list.</summary>
    public const string Unlisted = "unlisted";

    /// <summary>modelpack.json, genai_config.json or the graph cannot be read.</summary>
    public const string Invalid = "invalid";

    /// <summary>modelpack.json and the graph, or genai_config.json and the folder, say different things.</summary>
    public const string Mismatch = "mismatch";

    /// <summary>Every code.</summary>
    public static IReadOnlyList<string> All { get; } = [Missing, Outside, Size, Hash, Unlisted, Invalid, Mismatch];
}
