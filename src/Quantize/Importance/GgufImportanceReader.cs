using ModelPack.Models.Gguf;

namespace ModelPack.Quantize.Importance;

/// <summary>Reads llama-imatrix's GGUF files: NAME.in_sum2 holds sums of squares, NAME.counts what to divide them by.</summary>
internal static class GgufImportanceReader
{
    private const string Sums = ".in_sum2";
    private const string Counts = ".counts";

    public static ImportanceMatrix Read(string path)
    {
        GgufFile gguf = GgufFile.Open(path);
        try
        {
            string file = Path.GetFileName(path);
            string kind = gguf.Metadata.TryGet("general.type", out GgufValue? type) ? $"{type.Value}" : "missing";
            if (kind != "imatrix")
            {
                throw ImportanceFaults.WrongKind(file, kind);
            }

            Dictionary<string, ImportanceEntry> entries = ReadEntries(gguf, file);
            return new ImportanceMatrix(
                entries.Count > 0 ? entries : throw ImportanceFaults.NoEntries(file),
                ReadDatasets(gguf, file),
                ReadChunks(gguf, file, "imatrix.chunk_count"),
                ReadChunks(gguf, file, "imatrix.chunk_size"))
            {
                File = gguf,
                Path = path,
            };
        }
        catch
        {
            gguf.Dispose();
            throw;
        }
    }

    private static Dictionary<string, ImportanceEntry> ReadEntries(GgufFile gguf, string file)
    {
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

            RequireFloats(file, sums);
            RequireFloats(file, counts);
            float[] rounded = ReadCounts(gguf, file, counts);
            GgufImportanceValues values = new(gguf, file, sums, rounded);
            values.Check();
            entries.Add(name, new(name, (int)(sums.Count / counts.Count), rounded.Length, values, rounded));
        }

        return entries;
    }

    /// <summary>Names of entries, each once, in file order.</summary>
    private static IEnumerable<string> Names(IEnumerable<GgufTensorInfo> tensors) => tensors
        .Select(static t => t.Name.EndsWith(Sums, StringComparison.Ordinal) ? t.Name[..^Sums.Length]
            : t.Name.EndsWith(Counts, StringComparison.Ordinal) ? t.Name[..^Counts.Length]
            : null)
        .OfType<string>()
        .Distinct();

    /// <summary>Counts as llama-quantize rounds them.</summary>
    private static float[] ReadCounts(GgufFile gguf, string file, GgufTensorInfo tensor)
    {
        float[] counts = new float[tensor.Count];
        gguf.OpenTensor(tensor).Read(0, counts);
        for (int i = 0; i < counts.Length; i++)
        {
            counts[i] = float.IsFinite(counts[i]) && counts[i] >= 0
                ? MathF.Round(counts[i], MidpointRounding.AwayFromZero)
                : throw ImportanceFaults.BadCount(file, tensor.Name, i, counts[i]);
        }

        return counts;
    }

    private static void RequireFloats(string file, GgufTensorInfo tensor)
    {
        if (tensor.Type != GgmlType.F32)
        {
            throw ImportanceFaults.NotFloat(file, tensor.Name, tensor.Type.Name);
        }

        if (tensor.Count > ImportanceFaults.MaxValues)
        {
            throw ImportanceFaults.TooLarge(file, tensor.Name, tensor.Count);
        }
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
