namespace ModelPack.Models.Gguf;

/// <summary>Divides a model into files of a maximum size, as llama.cpp's loader expects them.</summary>
/// <remarks>
/// As gguf-split does, tensors keep their order and fill one part after the other, all metadata stands in the first part and
/// later ones carry only split.no, split.tensors.count and split.count. Unlike gguf-split, which counts only tensor data, the
/// header counts too, so that no file exceeds the maximum; only a single tensor, or the metadata, that is larger does.
/// </remarks>
public static class GgufSplit
{
    /// <summary>Lays out the files of a model.</summary>
    /// <param name="path">The name an undivided model gets: "out/model.gguf"; parts are "out/model-00001-of-00003.gguf".</param>
    /// <param name="metadata">All keys; "split." keys of a source are dropped.</param>
    /// <param name="tensors">Names, types and shapes (GGUF order) in file order.</param>
    /// <param name="maxBytes">Largest size of a file; null for one file. A model that fits one file is not a split one.</param>
    /// <exception cref="ModelPackException">
    /// Something that <see cref="GgufLayout.Create"/> refuses, or more than 65,535 parts.
    /// </exception>
    public static IReadOnlyList<GgufSplitPart> Create(
        string path,
        GgufMetadata metadata,
        IReadOnlyList<(string Name, GgmlType Type, IReadOnlyList<long> Shape)> tensors,
        long? maxBytes = null)
    {
        if (maxBytes is not null)
        {
            ArgumentOutOfRangeException.ThrowIfNegativeOrZero(maxBytes.Value);
        }

        GgufMetadata plain = metadata.Copy();
        plain.Remove(GgufFormat.SplitNumberKey);
        plain.Remove(GgufFormat.SplitCountKey);
        plain.Remove(GgufFormat.SplitTensorsKey);
        GgufLayout whole = GgufLayout.Create(plain, tensors);
        if (maxBytes is null || whole.TotalBytes <= maxBytes)
        {
            return [new GgufSplitPart(path, whole, 0)];
        }

        List<int> starts = Divide(whole, maxBytes.Value);
        if (starts.Count > ushort.MaxValue)
        {
            throw GgufFaults.TooManyParts(starts.Count);
        }

        string prefix = path.EndsWith(".gguf", StringComparison.Ordinal) ? path[..^5] : path;
        List<GgufSplitPart> parts = [];
        for (int i = 0; i < starts.Count; i++)
        {
            int end = i + 1 < starts.Count ? starts[i + 1] : tensors.Count;
            GgufMetadata keys = PartKeys(i == 0 ? plain : [], whole.Alignment, i, starts.Count, tensors.Count);
            GgufLayout layout = GgufLayout.Create(keys, [.. tensors.Skip(starts[i]).Take(end - starts[i])]);
            parts.Add(new GgufSplitPart(new GgufPartName(prefix, i + 1, starts.Count).ToString(), layout, starts[i]));
        }

        return parts;
    }

    /// <summary>Index of the first tensor of each part.</summary>
    private static List<int> Divide(GgufLayout whole, long maxBytes)
    {
        long header = EmptyBytes(PartKeys(whole.Metadata, whole.Alignment, 0, 0, 0));
        long laterHeader = EmptyBytes(PartKeys([], whole.Alignment, 0, 0, 0));
        long data = 0;
        List<int> starts = [0];
        for (int i = 0; i < whole.Tensors.Count; i++)
        {
            GgufTensorInfo tensor = whole.Tensors[i];
            int record = GgufWriter.TensorRecordBytes(tensor.Name, tensor.Shape);
            long bytes = GgufFormat.Align(tensor.Bytes, whole.Alignment);
            if (GgufFormat.Align(header + record, whole.Alignment) + data + bytes <= maxBytes)
            {
                (header, data) = (header + record, data + bytes);
                continue;
            }

            starts.Add(i);
            (header, data) = (laterHeader + record, bytes);
        }

        return starts;
    }

    private static long EmptyBytes(GgufMetadata metadata)
    {
        using MemoryStream bytes = new();
        using GgufWriter writer = new(bytes);
        writer.WriteStart(0, metadata.Count);
        writer.WriteMetadata(metadata);
        return bytes.Length;
    }

    /// <summary>Keys of a part, in the order of gguf-split; a part with its own alignment must say so.</summary>
    private static GgufMetadata PartKeys(GgufMetadata metadata, int alignment, int number, int count, int tensors)
    {
        GgufMetadata keys = metadata.Copy();
        if (alignment != GgufFormat.DefaultAlignment)
        {
            keys[GgufFormat.AlignmentKey] = GgufValue.Of((uint)alignment);
        }

        keys[GgufFormat.SplitNumberKey] = GgufValue.Of((ushort)number);
        keys[GgufFormat.SplitTensorsKey] = GgufValue.Of(tensors);
        keys[GgufFormat.SplitCountKey] = GgufValue.Of((ushort)count);
        return keys;
    }
}
