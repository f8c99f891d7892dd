namespace ModelPack.Quantize.Kernels.Matrices;

/// <summary>
/// Fits the steps of rows to their codes, one run of columns after the other: the step that, with all else fixed, gives the least error
/// Δ·H·Δᵀ. A step that does not lower it once it is stored is left alone, so the error never grows.
/// </summary>
internal sealed unsafe class ScaleRefit : IDisposable
{
    private const int Lanes = Tile.Columns;

    private readonly int _columns;
    private readonly int _run;
    private readonly int _strips;
    private readonly NativeFloats _matrix;

    /// <param name="columns">K.</param>
    /// <param name="run">Columns that share a step.</param>
    /// <param name="row">Gives a row of H.</param>
    /// <param name="threads">Number of threads.</param>
    public ScaleRefit(int columns, int run, FeedbackFactor.RowReader row, int threads)
    {
        (_columns, _run) = (columns, run);
        _strips = (columns + Tile.Rows - 1) / Tile.Rows;
        _matrix = new((long)columns * _strips * Tile.Rows);
        Work.For(columns, threads, i =>
        {
            float[] values = new float[_strips * Tile.Rows];
            row(i, values.AsSpan(0, columns));
            (int first, int depth) = RunOf(i / run);
            for (int strip = 0; strip < _strips; strip++)
            {
                values.AsSpan(strip * Tile.Rows, Tile.Rows).CopyTo(new(Strip(first, depth, strip) + ((i - first) * Tile.Rows), Tile.Rows));
            }
        });
    }

    /// <summary>Bytes of one, with the work memory of a thread.</summary>
    public static long BytesOf(int columns) => 4L * (columns + Tile.Rows) * (columns + (4 * Lanes));

    /// <summary>Fits the steps of up to sixteen rows.</summary>
    /// <param name="weights">Row-major.</param>
    /// <param name="decoded">What stands for them now.</param>
    /// <param name="steps">Steps of each row, run after run.</param>
    /// <param name="store">Stores a step of a row and a run, and returns what a reader will see.</param>
    public void Fit(ReadOnlySpan<float> weights, ReadOnlySpan<float> decoded, ReadOnlySpan<float> steps, Func<int, int, float, float> store)
    {
        int rows = weights.Length / _columns;
        int runs = (_columns + _run - 1) / _run;
        using NativeFloats panels = new(4L * Lanes * (_columns + Tile.Rows));
        panels.Span(0, (int)panels.Count).Clear();
        long panel = (long)Lanes * (_columns + Tile.Rows);
        float* errors = panels.Pointer;
        float* levels = errors + panel;
        float* gradient = levels + panel;
        float* product = gradient + panel;
        for (int row = 0; row < rows; row++)
        {
            for (int j = 0; j < _columns; j++)
            {
                int at = (row * _columns) + j;
                float step = steps[(row * runs) + (j / _run)];
                errors[(j * Lanes) + row] = weights[at] - decoded[at];
                levels[(j * Lanes) + row] = step == 0 ? 0 : MathF.Round(decoded[at] / step);
            }
        }

        for (int run = 0; run < runs; run++)
        {
            Multiply(run, errors, gradient);
        }

        double[] products = new double[Lanes];
        double[] squares = new double[Lanes];
        float[] changes = new float[Lanes];
        for (int run = 0; run < runs; run++)
        {
            (int first, int depth) = RunOf(run);
            new Span<float>(product, checked((int)panel)).Clear();
            Multiply(run, levels, product);
            Array.Clear(products);
            Array.Clear(squares);
            for (int i = first * Lanes; i < (first + depth) * Lanes; i++)
            {
                products[i % Lanes] += (double)gradient[i] * levels[i];
                squares[i % Lanes] += (double)product[i] * levels[i];
            }

            for (int row = 0; row < rows; row++)
            {
                float step = steps[(row * runs) + run];
                changes[row] = Change(row, run, step, products[row], squares[row], store);
            }

            for (int i = 0; i < _columns * Lanes; i++)
            {
                gradient[i] -= changes[i % Lanes] * product[i];
            }
        }
    }

    public void Dispose() => _matrix.Dispose();

    private static float Change(int row, int run, float step, double product, double square, Func<int, int, float, float> store)
    {
        float wanted = (float)(step + (product / square));
        if (!(square > 0) || !float.IsFinite(wanted) || step == 0)
        {
            return 0;
        }

        // What storing makes of it may be worse than what was there.
        double change = (double)store(row, run, wanted) - step;
        if (change * ((change * square) - (2 * product)) < 0)
        {
            return (float)change;
        }

        store(row, run, step);
        return 0;
    }

    private (int First, int Depth) RunOf(int run) => (run * _run, Math.Min(_run, _columns - (run * _run)));

    private float* Strip(int first, int depth, int strip) =>
        _matrix.Pointer + ((long)first * _strips * Tile.Rows) + ((long)strip * depth * Tile.Rows);

    /// <summary>Adds the products of a run's columns with H.</summary>
    private void Multiply(int run, float* panel, float* target)
    {
        (int first, int depth) = RunOf(run);
        for (int strip = 0; strip < _strips; strip++)
        {
            Tile.Add(depth, Strip(first, depth, strip), Tile.Rows, panel + (first * Lanes), target + (strip * Tile.Rows * Lanes), Lanes);
        }
    }
}
