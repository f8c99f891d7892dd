namespace ModelPack.Models.Gguf;

/// <summary>One file of a model that is divided while it is read: the same bytes as gguf-split's, but for what <see cref="GgufSplit"/> says.</summary>
public sealed class GgufShard
{
    private readonly string _source;
    private readonly GgufSplitPart _part;

    private GgufShard(string source, GgufSplitPart part) => (_source, _part) = (source, part);

    /// <summary>File name: "model-00001-of-00003.gguf".</summary>
    public string Name => Path.GetFileName(_part.Path);

    /// <summary>Size of the file.</summary>
    public long Bytes => _part.Layout.TotalBytes;

    /// <summary>Divides a model of any tensor types.</summary>
    /// <param name="path">Its file, or any part of it.</param>
    /// <param name="maxBytes">Largest size of a file.</param>
    /// <returns>The files; a single one when the model fits.</returns>
    /// <exception cref="ModelPackException">It cannot be read, or would have more than 65,535 parts.</exception>
    public static IReadOnlyList<GgufShard> Divide(string path, long maxBytes)
    {
        using GgufFile file = GgufFile.Open(path);
        string name = GgufPartName.Parse(path)?.Prefix is { } prefix ? prefix + ".gguf" : path;
        return [.. GgufSplit.Create(name, file.Metadata, [.. file.Tensors.Select(static t => (t.Name, t.Type, t.Shape))], maxBytes).Select(part => new GgufShard(path, part))];
    }

    /// <summary>Opens the file's bytes, from the start.</summary>
    /// <exception cref="ModelPackException">The model cannot be read.</exception>
    public Stream Open() => new GgufShardStream(GgufFile.Open(_source), _part);
}
