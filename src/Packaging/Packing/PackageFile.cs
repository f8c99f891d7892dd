using ModelPack.Models.Gguf;

namespace ModelPack.Packaging.Packing;

/// <summary>A file to pack.</summary>
/// <param name="Path">Path in the package, with '/'.</param>
/// <param name="Source">The file; null when <paramref name="Content"/> is it.</param>
/// <param name="Content">Text that was made for the package.</param>
public sealed record PackageFile(string Path, string? Source, ReadOnlyMemory<byte> Content = default)
{
    /// <summary>What of the source, a GGUF, the file is; null for all of it.</summary>
    public GgufShard? Shard { get; init; }

    /// <summary>Size of the file.</summary>
    public long Bytes => Shard?.Bytes ?? (Source is null ? Content.Length : new FileInfo(Source).Length);

    /// <summary>Opens its bytes for reading.</summary>
    internal Stream Open() => Shard?.Open()
        ?? (Source is null ? new MemoryStream(Content.ToArray(), writable: false)
        : new FileStream(Source, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 0, FileOptions.Asynchronous | FileOptions.SequentialScan));
}
