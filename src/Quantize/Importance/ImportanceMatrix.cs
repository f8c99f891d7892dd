using ModelPack.Models;

namespace ModelPack.Quantize.Importance;

/// <summary>Calibration statistics of a model ("imatrix"), as llama-imatrix writes them.</summary>
/// <param name="Entries">By tensor name.</param>
/// <param name="Datasets">Files that it was computed on.</param>
/// <param name="ChunkCount">Chunks of text that it was computed on; 0 when the file does not say.</param>
/// <param name="ChunkSize">Tokens of a chunk; 0 when the file does not say.</param>
/// <remarks>
/// The values stay in the file and are read when they are needed, so the matrix must outlive what is planned with it.
/// Source: llama.cpp's common/imatrix-loader.cpp and load_imatrix in tools/quantize (v0.5.0).
/// </remarks>
public sealed record ImportanceMatrix(
    IReadOnlyDictionary<string, ImportanceEntry> Entries, IReadOnlyList<string> Datasets, int ChunkCount, int ChunkSize) : IDisposable
{
    /// <summary>The open file that the values are in; null for values in memory.</summary>
    internal IDisposable? File { private get; init; }

    /// <summary>Path of the file; null for values in memory.</summary>
    public string? Path { get; internal init; }

    /// <summary>Number of entries.</summary>
    public int EntryCount => Entries.Count;

    /// <summary>Opens a file of either format: GGUF, or the older one without a magic number (".dat"); all values are checked.</summary>
    /// <exception cref="InvalidCheckpointException">The file is broken, or a value in it is no possible mean square.</exception>
    /// <exception cref="ModelPackException">The file cannot be read, or is no importance matrix.</exception>
    public static ImportanceMatrix Load(string path) =>
        LegacyImportanceReader.IsLegacy(path) ? LegacyImportanceReader.Read(path) : GgufImportanceReader.Read(path);

    /// <summary>Closes the file; values can no longer be read.</summary>
    public void Dispose() => File?.Dispose();
}
