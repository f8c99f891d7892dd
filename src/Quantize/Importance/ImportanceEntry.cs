namespace ModelPack.Quantize.Importance;

/// <summary>How strongly the inputs of one weight tensor were excited: one mean square a column, for each expert.</summary>
/// <param name="Name">The tensor's GGUF name: "blk.3.ffn_down_exps.weight".</param>
/// <param name="Columns">Values of an expert; the tensor's row length.</param>
/// <param name="Experts">Experts; 1 for a dense tensor. The old format does not tell experts apart: there it is always 1.</param>
/// <param name="Values">Experts × Columns mean squares, finite and not negative; 1 for an expert that was never active.</param>
/// <param name="Counts">Tokens that each expert saw; in the old format one number, of batches.</param>
public sealed record ImportanceEntry(string Name, int Columns, int Experts, ImportanceValues Values, IReadOnlyList<float> Counts)
{
    /// <summary>An entry in memory.</summary>
    /// <param name="name">As <see cref="Name"/>.</param>
    /// <param name="columns">As <see cref="Columns"/>.</param>
    /// <param name="experts">As <see cref="Experts"/>.</param>
    /// <param name="values">Finite and not negative; not copied.</param>
    /// <param name="counts">As <see cref="Counts"/>.</param>
    public ImportanceEntry(string name, int columns, int experts, float[] values, IReadOnlyList<float> counts)
        : this(name, columns, experts, new HeldImportanceValues(values), counts)
    {
    }

    /// <summary>Experts that saw no token, so that their values say nothing: all columns count the same.</summary>
    public IReadOnlyList<int> SilentExperts { get; } =
        [.. Enumerable.Range(0, Counts.Count).Where(i => Counts.Count == Experts && Counts[i] == 0)];

    /// <summary>Whether the entry suits a tensor, by llama-quantize's rule: as many values as columns × experts.</summary>
    public bool Fits(int columns, int experts) => Values.Count == (long)columns * experts;
}
