using ModelPack.Models.Architectures;
using ModelPack.Models.Conversion;
using ModelPack.Quantize.Importance;

namespace ModelPack.Quantize.Calibration;

/// <summary>From inputs of linear layers to entries of an importance matrix, one for each GGUF tensor that saw the input.</summary>
/// <remarks>
/// Latent attention: llama.cpp multiplies the keys' half of kv_b with queries and the values' half with attended vectors, head by head;
/// llama-imatrix counts tokens once for all heads. A layer pass shows the queries; for attended vectors stands the compressed one that all
/// of them are means of, the same for every head.
/// </remarks>
public static class CollectedImportance
{
    /// <summary>The entries, in ordinal order of their names.</summary>
    /// <param name="spec">The model.</param>
    /// <param name="collector">After a pass.</param>
    /// <exception cref="Models.ModelPackException">Nothing was seen.</exception>
    public static IReadOnlyList<ImportanceSums> Entries(DecoderSpec spec, ImportanceCollector collector)
    {
        Dictionary<TensorRole, List<InputTally>> byTensor = [];
        foreach (InputTally tally in collector.Tallies)
        {
            // kv_b in one piece is no tensor that llama.cpp multiplies: its halves have entries.
            foreach (TensorRole role in tally.Input.Weights.Where(static w => w.Kind != TensorKind.AttentionKeyValueUp))
            {
                TensorRole tensor = role with { Expert = null };
                if (!byTensor.TryGetValue(tensor, out List<InputTally>? tallies))
                {
                    byTensor.Add(tensor, tallies = []);
                }

                tallies.Add(tally);
            }
        }

        if (byTensor.Count == 0)
        {
            throw CalibrationFaults.NothingSeen();
        }

        // Gate and up see the same rows: their sums are the same memory.
        Dictionary<InputTally, ReadOnlyMemory<float>> singles = [];
        List<ImportanceSums> entries = [];
        foreach ((TensorRole role, List<InputTally> tallies) in byTensor)
        {
            entries.Add(TensorRole.IsExpert(role.Kind) ? Stack(spec, role, tallies, singles) : Single(spec, role, tallies[0], singles));
        }

        entries.Sort(static (a, b) => string.CompareOrdinal(a.Name, b.Name));
        return entries;
    }

    /// <summary>The matrix as a reader of the written file gets it, in memory.</summary>
    /// <exception cref="Models.ModelPackException">Nothing was seen.</exception>
    public static ImportanceMatrix ToMatrix(
        DecoderSpec spec, ImportanceCollector collector, IReadOnlyList<string> datasets, int chunkCount, int chunkSize) => new(
        Entries(spec, collector).Where(static e => e.HasData).ToDictionary(static e => e.Name, static e => e.ToEntry()),
        datasets,
        chunkCount,
        chunkSize);

    /// <summary>The matrix that a pass will give, before there is one: every entry it has, all columns alike.</summary>
    public static ImportanceMatrix Unmeasured(ModelWeights weights) => new(
        Matrices(weights).SelectMany(m => Shapes(m.Role, m.Columns, weights.Spec).Select(shape => (shape.Name, shape.Columns, m.Count)))
            .ToDictionary(
                static e => e.Name,
                static e => new ImportanceEntry(e.Name, e.Columns, e.Count, new EvenImportanceValues((long)e.Columns * e.Count), [.. Enumerable.Repeat(1f, e.Count)])),
        [],
        0,
        0);

    /// <summary>Bytes that a collector holds at the end of a pass, at most; the matrix that is made of it holds as many again.</summary>
    public static long BytesOf(ModelWeights weights) => Unmeasured(weights).Entries.Values.Sum(static e => sizeof(float) * e.Values.Count);

    // The matrices of layers, experts of one kind together.
    private static IEnumerable<(TensorRole Role, int Columns, int Count)> Matrices(ModelWeights weights) => weights.Tensors
        .Where(static t => t.Key is { Layer: not null, Bias: false } && t.Value.Rows > 1)
        .GroupBy(static t => t.Key with { Expert = null })
        .Select(static g => (g.Key, g.First().Value.Columns, g.Count()));

    // Names in GGUF of what a weight of the hub is there, each with the values of one expert.
    private static IEnumerable<(string Name, int Columns)> Shapes(TensorRole role, int columns, DecoderSpec spec) =>
        role.Kind == TensorKind.AttentionKeyValueUp && spec.Layers[role.Layer!.Value].Attention is AttentionSpec.Latent attention
            ?
            [
                (GgufNames.Of(role with { Kind = TensorKind.AttentionKeyUp }), attention.Heads * attention.NopeSize),
                (GgufNames.Of(role with { Kind = TensorKind.AttentionValueUp }), attention.Heads * columns),
            ]
            : [(GgufNames.Of(role), columns)];

    private static ImportanceSums Single(
        DecoderSpec spec, TensorRole role, InputTally tally, Dictionary<InputTally, ReadOnlyMemory<float>> singles)
    {
        (int columns, ReadOnlyMemory<float> sums) = (tally.Input.Columns, Singles(tally, singles));
        int heads = role.Kind == TensorKind.AttentionValueUp ? spec.Layers[role.Layer!.Value].Attention.Heads : 1;
        IEnumerable<ReadOnlyMemory<float>> matrices = Enumerable.Range(0, tally.Input.Matrices).Select(m => sums.Slice(m * columns, columns));
        return new(GgufNames.Of(role), columns, [.. Enumerable.Repeat(matrices, heads).SelectMany(static m => m)], [tally.Rows]);
    }

    private static ImportanceSums Stack(
        DecoderSpec spec, TensorRole role, List<InputTally> tallies, Dictionary<InputTally, ReadOnlyMemory<float>> singles)
    {
        int count = ((FeedForwardSpec.Experts)spec.Layers[role.Layer!.Value].FeedForward).Count;
        ReadOnlyMemory<float>[] sums = new ReadOnlyMemory<float>[count];
        long[] counts = new long[count];
        foreach (InputTally tally in tallies)
        {
            int expert = tally.Input.Expert!.Value;
            (sums[expert], counts[expert]) = (tally.Rows > 0 ? Singles(tally, singles) : default, tally.Rows);
        }

        return new(GgufNames.Of(role), tallies[0].Input.Width, sums, counts);
    }

    private static ReadOnlyMemory<float> Singles(InputTally tally, Dictionary<InputTally, ReadOnlyMemory<float>> singles)
    {
        if (!singles.TryGetValue(tally, out ReadOnlyMemory<float> values))
        {
            singles.Add(tally, values = tally.ToSingles());
        }

        return values;
    }
}
