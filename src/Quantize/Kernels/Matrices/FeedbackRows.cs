namespace ModelPack.Quantize.Kernels.Matrices;

/// <summary>
/// Rounds rows of weights column by column; what a column's rounding leaves goes into the columns after it. Sixteen rows stand side by
/// side, a lane each; several such groups go through a block of columns together, so that the factor is read from the cache.
/// </summary>
/// <param name="columns">Length of a row.</param>
/// <param name="run">Columns that share a step.</param>
/// <param name="runs">Steps of a row.</param>
/// <param name="top">The greatest code.</param>
internal sealed unsafe class FeedbackRows(int columns, int run, int runs, int top) : IDisposable
{
    /// <summary>Most rows at a time.</summary>
    public const int Most = Lanes * Groups;

    private const int Lanes = FeedbackBlock.Lanes;

    private const int Groups = 3;

    private readonly int _columns = columns;

    // For each group: current weights [columns + 6][16]; fixed weights likewise; codes [columns][16]; errors of a block [128][16].
    private readonly NativeFloats _values = new((long)Groups * Lanes * (columns + Tile.Rows));
    private readonly NativeFloats _errors = new(Groups * Lanes * FeedbackFactor.Block);
    private readonly NativeFloats _originals = new(Groups * Lanes * FeedbackFactor.Block);
    private readonly byte[] _codes = new byte[Groups * Lanes * columns];

    // For each group: [runs][4][16] of step, offset, inverse, lowest level.
    private readonly NativeFloats _steps = new((long)Groups * runs * 4 * Lanes);
    private readonly float[] _losses = new float[Lanes];

    /// <summary>Bytes of one.</summary>
    public static long BytesOf(int columns, int runs) =>
        (Groups * Lanes * ((4L * (columns + Tile.Rows)) + columns + (8L * FeedbackFactor.Block))) + (16L * Groups * Lanes * runs);

    /// <summary>Sets the grid of a run of a row.</summary>
    /// <param name="row">Row, from 0 to below <see cref="Most"/>.</param>
    /// <param name="index">Run.</param>
    /// <param name="step">May be 0 or negative.</param>
    /// <param name="offset">The weight of level 0.</param>
    /// <param name="lowest">The level of code 0.</param>
    public void SetGrid(int row, int index, float step, float offset, float lowest) =>
        FeedbackBlock.SetGrid(Steps(row / Lanes), row % Lanes, index, step, offset, lowest);

    /// <summary>Rounds rows whose grids are set.</summary>
    /// <param name="factor">What goes where.</param>
    /// <param name="weights">Row-major, at most <see cref="Most"/> rows.</param>
    /// <param name="codes">Receives the codes, row-major.</param>
    /// <returns>Σ over the rows of their error under the factor's matrix.</returns>
    public double Round(FeedbackFactor factor, ReadOnlySpan<float> weights, Span<byte> codes)
    {
        double loss = Go(factor, weights, default, weights);
        TakeCodes(factor.Order, codes);
        return loss;
    }

    /// <summary>The error of rows that are rounded already.</summary>
    /// <param name="factor">What goes where.</param>
    /// <param name="weights">Row-major, at most <see cref="Most"/> rows.</param>
    /// <param name="rounded">What stands for them.</param>
    public double Measure(FeedbackFactor factor, ReadOnlySpan<float> weights, ReadOnlySpan<float> rounded) =>
        Go(factor, weights, rounded, weights);

    /// <summary>
    /// Goes through the columns again, to and fro, and gives each the code that is best beside all others as they are then. The error never
    /// grows.
    /// </summary>
    /// <param name="forth">Of the matrix (<see cref="FeedbackFactor.OfMatrix"/>) in one order.</param>
    /// <param name="back">In the reverse of that order.</param>
    /// <param name="weights">Row-major, at most <see cref="Most"/> rows.</param>
    /// <param name="rounded">What stands for them now.</param>
    /// <param name="sweeps">How often, at least once.</param>
    /// <param name="codes">Receives the codes, row-major.</param>
    public void Sweep(
        FeedbackFactor forth, FeedbackFactor back, ReadOnlySpan<float> weights, ReadOnlySpan<float> rounded, int sweeps, Span<byte> codes)
    {
        // The best place of a column, all others fixed: the weight, and what the errors before and after it add. A pass adds those before;
        // it starts from those after, which are what the pass in the other direction has added.
        Go(forth, weights, rounded, weights);
        float[] start = new float[weights.Length];
        float[] end = new float[weights.Length];
        TakeValues(forth.Order, start);
        for (int sweep = 0; sweep < sweeps; sweep++)
        {
            FeedbackFactor factor = sweep % 2 == 0 ? back : forth;
            Go(factor, weights, default, start);
            if (sweep + 1 == sweeps)
            {
                TakeCodes(factor.Order, codes);
                return;
            }

            TakeValues(factor.Order, end);
            for (int i = 0; i < start.Length; i++)
            {
                start[i] = end[i] - start[i] + weights[i];
            }
        }
    }

    public void Dispose()
    {
        _values.Dispose();
        _errors.Dispose();
        _originals.Dispose();
        _steps.Dispose();
    }

    private float* Steps(int group) => _steps.Pointer + ((long)group * runs * 4 * Lanes);

    private float* Values(int group) => _values.Pointer + ((long)group * Lanes * (_columns + Tile.Rows));

    private void TakeCodes(int[] order, Span<byte> codes)
    {
        for (int row = 0; row < codes.Length / _columns; row++)
        {
            Span<byte> target = codes.Slice(row * _columns, _columns);
            ReadOnlySpan<byte> source = _codes.AsSpan((row / Lanes * Lanes * _columns) + (row % Lanes));
            for (int j = 0; j < order.Length; j++)
            {
                target[order[j]] = source[j * Lanes];
            }
        }
    }

    private void TakeValues(int[] order, Span<float> values)
    {
        for (int row = 0; row < values.Length / _columns; row++)
        {
            Span<float> target = values.Slice(row * _columns, _columns);
            float* source = Values(row / Lanes) + (row % Lanes);
            for (int j = 0; j < order.Length; j++)
            {
                target[order[j]] = source[j * Lanes];
            }
        }
    }

    private double Go(FeedbackFactor factor, ReadOnlySpan<float> weights, ReadOnlySpan<float> rounded, ReadOnlySpan<float> start)
    {
        int rows = weights.Length / _columns;
        int groups = (rows + Lanes - 1) / Lanes;
        for (int group = 0; group < groups; group++)
        {
            Gather(factor.Order, start, group * Lanes, 0, _columns, Values(group));
            new Span<float>(Values(group) + ((long)_columns * Lanes), Tile.Rows * Lanes).Clear();
        }

        double loss = 0;
        for (int block = 0; block * FeedbackFactor.Block < _columns; block++)
        {
            int first = block * FeedbackFactor.Block;
            int count = Math.Min(FeedbackFactor.Block, _columns - first);
            for (int group = 0; group < groups; group++)
            {
                float* originals = _originals.Pointer + (group * Lanes * FeedbackFactor.Block);
                float* errors = _errors.Pointer + (group * Lanes * FeedbackFactor.Block);
                Gather(factor.Order, weights, group * Lanes, first, count, originals);
                if (!rounded.IsEmpty)
                {
                    // Errors that are known: what was stored, less what stands for it.
                    Gather(factor.Order, rounded, group * Lanes, first, count, errors);
                    for (int i = 0; i < count * Lanes; i++)
                    {
                        errors[i] = originals[i] - errors[i];
                    }
                }

                Array.Clear(_losses);
                Corner(factor, block, count, group, originals, errors, rounded.IsEmpty);
                for (int lane = 0; lane < Math.Min(Lanes, rows - (group * Lanes)); lane++)
                {
                    loss += _losses[lane];
                }
            }

            int rest = _columns - first - count;
            for (int strip = 0; strip * Tile.Rows < rest; strip++)
            {
                float* a = factor.Strip(block, strip);
                long at = (long)(first + count + (strip * Tile.Rows)) * Lanes;
                for (int group = 0; group < groups; group++)
                {
                    Tile.Add(count, a, Tile.Rows, _errors.Pointer + (group * Lanes * FeedbackFactor.Block), Values(group) + at, Lanes);
                }
            }
        }

        return loss;
    }

    /// <summary>Some columns of a group, in the factor's order, a row a lane; lanes without a row are zero.</summary>
    private void Gather(int[] columns, ReadOnlySpan<float> weights, int firstRow, int first, int count, float* target)
    {
        ReadOnlySpan<int> order = columns.AsSpan(first, count);
        for (int lane = 0; lane < Lanes; lane++)
        {
            if ((firstRow + lane + 1) * _columns > weights.Length)
            {
                for (int j = 0; j < count; j++)
                {
                    target[(j * Lanes) + lane] = 0;
                }

                continue;
            }

            ReadOnlySpan<float> row = weights.Slice((firstRow + lane) * _columns, _columns);
            for (int j = 0; j < order.Length; j++)
            {
                target[(j * Lanes) + lane] = row[order[j]];
            }
        }
    }

    /// <summary>The columns of a block, one after the other.</summary>
    private void Corner(FeedbackFactor factor, int block, int count, int group, float* originals, float* errors, bool choose)
    {
        int first = block * FeedbackFactor.Block;
        fixed (float* losses = _losses)
        fixed (byte* codes = &_codes[(((long)group * _columns) + first) * Lanes])
        fixed (float* pivots = &factor.Pivots[first])
        fixed (int* order = &factor.Order[first])
        {
            FeedbackBlock lanes = new()
            {
                Count = count,
                Run = run,
                Top = top,
                Order = order,
                Shares = factor.Corner(block),
                Pivots = pivots,
                Steps = Steps(group),
                Values = Values(group) + ((long)first * Lanes),
                Originals = originals,
                Errors = errors,
                Codes = choose ? codes : null,
                Losses = losses,
            };
            lanes.Go();
        }
    }
}
