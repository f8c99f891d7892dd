namespace ModelPack.Quantize.Solving.Engines;

/// <summary>The Gram matrices of moments on a device: those that are there, and copies of those in memory.</summary>
internal sealed class GramLoans(IMatrixEngine engine) : IDisposable
{
    private readonly Dictionary<InputMoments, IGramMatrix> _copies = [];

    /// <summary>The Gram matrix of moments.</summary>
    public IGramMatrix Of(InputMoments moments)
    {
        if (moments.Device is { } device)
        {
            return device;
        }

        if (!_copies.TryGetValue(moments, out IGramMatrix? copy))
        {
            _copies.Add(moments, copy = engine.CreateGram(moments.Columns));

            // The first row makes the upper triangle right.
            moments.GramRow(0);
            copy.Load(moments.Gram);
        }

        return copy;
    }

    /// <summary>tr(A·G·Aᵀ) over the rows of moments, for A = weights less what is subtracted.</summary>
    public double Power(InputMoments moments, ReadOnlySpan<float> weights, ReadOnlySpan<float> subtract)
    {
        const int PanelRows = 4096;
        IGramMatrix gram = Of(moments);
        int columns = moments.Columns;
        int rows = weights.Length / columns;
        float[] powers = new float[Math.Min(PanelRows, rows)];
        float[] difference = subtract.IsEmpty ? [] : new float[powers.Length * columns];
        double sum = 0;
        for (int first = 0; first < rows; first += PanelRows)
        {
            int count = Math.Min(PanelRows, rows - first);
            ReadOnlySpan<float> part = weights.Slice(first * columns, count * columns);
            if (!subtract.IsEmpty)
            {
                ReadOnlySpan<float> other = subtract.Slice(first * columns, count * columns);
                for (int i = 0; i < part.Length; i++)
                {
                    difference[i] = part[i] - other[i];
                }

                part = difference.AsSpan(0, part.Length);
            }

            gram.Measure(part, powers.AsSpan(0, count));
            foreach (float power in powers.AsSpan(0, count))
            {
                sum += power;
            }
        }

        return moments.Rows == 0 ? 0 : sum / moments.Rows;
    }

    /// <summary>Frees the copies that no later task of the group needs.</summary>
    public void Dispose()
    {
        foreach (IGramMatrix copy in _copies.Values)
        {
            copy.Dispose();
        }

        _copies.Clear();
    }
}
