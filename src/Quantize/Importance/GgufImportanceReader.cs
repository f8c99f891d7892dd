using ModelPack.Models.Gguf;

namespace ModelPack.Quantize.Importance;

/// <summary>Reads llama-imatrix's GGUF files: NAME.in_sum2 holds sums of squares, NAME.counts what to divide them by.</summary>
internal static class GgufImportanceReader
{
    private const string Sums = ".in_sum2";
    private const string Counts = ".counts";

    public static ImportanceMatrix Read(string path)
    {
        using GgufFile gguf = GgufFile.Open(path);
        string file = Path.GetFileName(path);
        string kind = gguf.Metadata.TryGet("general.type", out GgufValue? type) ? $"{type.Value}" : "missing";
        if (kind != "imatrix")
        {
            throw ImportanceFaults.WrongKind(file, kind);
        }

        Dictionary<string, GgufTensorInfo> tensors = gguf.Tensors.ToDictionary(static t => t.Name);
        Dictionary<string, ImportanceEntry> entries = [];
        foreach (string name in Names(gguf.Tensors))
        {
            GgufTensorInfo sums = tensors.GetValueOrDefault(name + Sums) ?? throw ImportanceFaults.Unpaired(file, name, Sums);
            GgufTensorInfo counts = tensors.GetValueOrDefault(name + Counts) ?? throw ImportanceFaults.Unpaired(file, name, Counts);
            if (counts.Count == 0 || sums.Count == 0 || sums.Count % counts.Count != 0)
            {
                throw ImportanceFaults.WrongCounts(file, name, sums.Count, counts.Count);
            }

            entries.Add(name, Average(file, name, ReadAll(gguf, file, sums), ReadAll(gguf, file, counts)));
        }

        return entries.Count > 0
            ? new ImportanceMatrix(
                entries, ReadDatasets(gguf, file), ReadChunks(gguf, file, "imatrix.chunk_count"), ReadChunks(gguf, file, "imatrix.chunk_size"))
            : throw ImportanceFaults.NoEntries(file);
    }

    /// <summary>Names of entries, each once, in file order.</summary>
    private static IEnumerable<string> Names(IEnumerable<GgufTensorInfo> tensors) => tensors
        .Select(static t => t.Name.EndsWith(Sums, StringComparison.Ordinal) ? t.Name[..^Sums.Length]
            : t.Name.EndsWith(Counts, StringComparison.Ordinal) ? t.Name[..^Counts.Length]
            : null)
        .OfType<string>()
        .Distinct();

    /// <summary>Divides in single precision by the rounded count, as llama-quantize does; 1 where nothing was counted.</summary>
    private static ImportanceEntry Average(string file, string name, float[] values, float[] counts)
    {
        int columns = values.Length / counts.Length;
        for (int e = 0; e < counts.Length; e++)
        {
            if (!float.IsFinite(counts[e]) || counts[e] < 0)
            {
                throw ImportanceFaults.BadCount(file, name + Counts, e, counts[e]);
            }

            float count = MathF.Round(counts[e], MidpointRounding.AwayFromZero);
            counts[e] = count;
            for (int i = e * columns; i < (e + 1) * columns; i++)
            {
                if (!float.IsFinite(values[i]) || values[i] < 0)
                {
                    throw ImportanceFaults.BadValue(file, name + Sums, i, values[i]);
                }

                values[i] = count > 0 ? values[i] / count : 1;
            }
        }

        return new ImportanceEntry(name, columns, counts.Length, values, counts);
    }

    private static float[] ReadAll(GgufFile gguf, string file, GgufTensorInfo tensor)
    {
        if (tensor.Type != GgmlType.F32)
        {
            throw ImportanceFaults.NotFloat(file, tensor.Name, tensor.Type.Name);
        }

        if (tensor.Count > ImportanceFaults.MaxValues)
        {
            throw ImportanceFaults.TooLarge(file, tensor.Name, tensor.Count);
        }

        float[] values = new float[tensor.Count];
        gguf.OpenTensor(tensor).Read(0, values);
        return values;
    }

    private static string[] ReadDatasets(GgufFile gguf, string file) =>
        !gguf.Metadata.TryGet("imatrix.datasets", out GgufValue? value) ? []
        : value.Value is string[] names ? names
        : throw ImportanceFaults.BadDatasets(file, $"{value.Type}");

    private static int ReadChunks(GgufFile gguf, string file, string key) =>
        !gguf.Metadata.TryGet(key, out GgufValue? value) ? 0
        : value.Value is uint and <= int.MaxValue || value.Value is int and >= 0 ? (int)value.AsInteger()
        : throw ImportanceFaults.BadChunks(file, key, $"{value.Value}");
}
