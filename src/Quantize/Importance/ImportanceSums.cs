namespace ModelPack.Quantize.Importance;

/// <summary>Collected statistics of one weight tensor, before anything is divided: an entry of an importance matrix that is to be written.</summary>
/// <param name="Name">The tensor's GGUF name: "blk.3.ffn_down_exps.weight".</param>
/// <param name="Columns">Row length of the tensor.</param>
/// <param name="Sums">
/// Sums of squares, <paramref name="Columns"/> for each matrix of the tensor: each expert, or each head of a latent projection. Empty
/// memory for an expert that saw nothing, which is written as zeros.
/// </param>
/// <param name="Counts">Rows that were summed: one number for each expert, or one for all matrices.</param>
public sealed record ImportanceSums(string Name, int Columns, IReadOnlyList<ReadOnlyMemory<float>> Sums, IReadOnlyList<long> Counts)
{
    /// <summary>Whether any expert saw a row; entries of nothing are not written.</summary>
    public bool HasData => Counts.Any(static c => c > 0);

    /// <summary>The entry that a reader of the written file gets.</summary>
    public ImportanceEntry ToEntry()
    {
        float[] values = new float[checked(Columns * Sums.Count)];
        for (int matrix = 0; matrix < Sums.Count; matrix++)
        {
            float count = Counts[Counts.Count == 1 ? 0 : matrix];
            Span<float> target = values.AsSpan(matrix * Columns, Columns);
            if (count > 0)
            {
                for (int i = 0; i < target.Length; i++)
                {
                    target[i] = Sums[matrix].Span[i] / count;
                }
            }
            else
            {
                target.Fill(1);
            }
        }

        return new(Name, values.Length / Counts.Count, Counts.Count, values, [.. Counts.Select(static c => (float)c)]);
    }
}
