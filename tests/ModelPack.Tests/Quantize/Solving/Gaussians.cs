namespace ModelPack.Tests.Quantize.Solving;

/// <summary>Synthetic inputs of linear layers: correlated, with a decaying spectrum and, if wanted, a few outlier columns.</summary>
internal sealed class Gaussians(int seed)
{
    private readonly Random _random = new(seed);

    /// <summary>Standard normal numbers.</summary>
    public float[] Normal(int count)
    {
        float[] values = new float[count];
        for (int i = 0; i < count; i++)
        {
            values[i] = (float)(Math.Sqrt(-2 * Math.Log(1 - _random.NextDouble())) * Math.Cos(2 * Math.PI * _random.NextDouble()));
        }

        return values;
    }

    /// <summary>Weights with heavier tails than normal ones.</summary>
    public float[] Weights(int rows, int columns)
    {
        float[] values = Normal(rows * columns);
        for (int i = 0; i < values.Length; i++)
        {
            values[i] *= 0.02f * (1 + (0.3f * values[i] * values[i]));
        }

        return values;
    }

    /// <summary>A root [inner, columns] of a covariance: rows z·root with normal z have a spectrum that decays as i^(−decay).</summary>
    public float[] Root(int columns, double decay, int outliers = 0)
    {
        float[] root = Normal(columns * columns);
        for (int i = 0; i < columns; i++)
        {
            for (int j = 0; j < columns; j++)
            {
                root[(i * columns) + j] *= (float)(Math.Pow(i + 1, -decay / 2) / Math.Sqrt(columns));
            }
        }

        for (int n = 0; n < outliers; n++)
        {
            int j = _random.Next(columns);
            float factor = 5 + (10 * _random.NextSingle());
            for (int i = 0; i < columns; i++)
            {
                root[(i * columns) + j] *= factor;
            }
        }

        return root;
    }

    /// <summary>Rows of that covariance.</summary>
    public float[] Rows(float[] root, int columns, int count)
    {
        float[] rows = new float[count * columns];
        for (int t = 0; t < count; t++)
        {
            float[] z = Normal(root.Length / columns);
            for (int i = 0; i < z.Length; i++)
            {
                for (int j = 0; j < columns; j++)
                {
                    rows[(t * columns) + j] += z[i] * root[(i * columns) + j];
                }
            }
        }

        return rows;
    }
}
