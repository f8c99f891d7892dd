namespace ModelPack.Models.Onnx.Folder;

/// <summary>Collects the small files of an output folder, made or taken from a model folder.</summary>
/// <param name="source">The model folder.</param>
internal sealed class FolderFiles(string source)
{
    private readonly SortedDictionary<string, GenAiFile> _files = new(StringComparer.Ordinal);

    /// <summary>The files so far, in ordinal order of their names.</summary>
    public IReadOnlyList<GenAiFile> All => [.. _files.Values];

    /// <summary>Whether the model folder has the file.</summary>
    public bool Has(string name) => File.Exists(Path.Combine(source, name));

    /// <summary>Takes a file byte by byte, if the model folder has it and it is not empty.</summary>
    /// <exception cref="InvalidCheckpointException">It is too long, or a link to something outside.</exception>
    public void CopyIfThere(string name, long mostBytes)
    {
        string path = Path.Combine(source, name);
        try
        {
            if (!Has(name) || !InputFile.HasContent(path))
            {
                return;
            }

            RefuseStrayLink(name);
            using FileStream input = File.OpenRead(path);
            if (input.Length > mostBytes)
            {
                throw new InvalidCheckpointException($"{Spelling.OneLine(name)}: {input.Length} bytes; at most {mostBytes} are copied");
            }

            byte[] content = new byte[input.Length];
            input.ReadExactly(content);
            Add(name, content);
        }
        catch (Exception cause) when (cause is IOException or UnauthorizedAccessException)
        {
            throw new ModelPackException($"{Spelling.OneLine(name)}: cannot be read: {cause.Message.TrimEnd('.')}", cause);
        }
    }

    /// <summary>
    /// Refuses a link whose target lies neither in the model folder nor beside config.json's own target, as a hub's cache has it:
    /// a copy would carry a file of this machine into a package.
    /// </summary>
    public void RefuseStrayLink(string name)
    {
        if (!Has(name) || new FileInfo(Path.Combine(source, name)).ResolveLinkTarget(returnFinalTarget: true) is not { } target)
        {
            return;
        }

        string? folder = Path.GetDirectoryName(target.FullName);
        FileSystemInfo? config = new FileInfo(Path.Combine(source, "config.json")).ResolveLinkTarget(returnFinalTarget: true);
        if (folder != Path.TrimEndingDirectorySeparator(Path.GetFullPath(source)) && (config is null || folder != Path.GetDirectoryName(config.FullName)))
        {
            throw new InvalidCheckpointException($"{Spelling.OneLine(name)}: a link that leaves the model's folder; expected a file in it");
        }
    }

    /// <summary>Makes a file.</summary>
    public void Write(string name, Action<Stream> write)
    {
        using MemoryStream stream = new();
        write(stream);
        Add(name, stream.ToArray());
    }

    private void Add(string name, byte[] content) => _files[name] = new(name, content);
}
