using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace ModelPack.Quantize.Kernels.Matrices;

/// <summary>
/// Rounds rows of weights column by column; what a column's rounding leaves goes into the columns after it. Sixteen rows stand side by
/// side, a lane each; several such groups go through a block of columns together, so that the factor is read from the cache.
/// </summary>
/// <param name="factor">What goes where.</param>
/// <param name="run">Columns that share a step.</param>
/// <param name="runs">Steps of a row.</param>
/// <param name="top">The greatest code.</param>
internal sealed unsafe class FeedbackRows(FeedbackFactor factor, int run, int runs, int top) : IDisposable
{
    /// <summary>Most rows at a time.</summary>
    public const int Most = Lanes * Groups;

    private const int Lanes = Tile.Columns;

    private const int Groups = 3;

    /// <summary>Columns whose corrections are applied one at a time, before those of all of them go to the rest of the block.</summary>
    private const int Part = 16;

    private readonly int _columns = factor.Order.Length;

    // For each group: current weights [columns + 6][16]; fixed weights likewise; codes [columns][16]; errors of a block [128][16].
    private readonly NativeFloats _values = new((long)Groups * Lanes * (factor.Order.Length + Tile.Rows));
    private readonly NativeFloats _errors = new(Groups * Lanes * FeedbackFactor.Block);
    private readonly NativeFloats _originals = new(Groups * Lanes * FeedbackFactor.Block);
    private readonly byte[] _codes = new byte[Groups * Lanes * factor.Order.Length];

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
    public void SetGrid(int row, int index, float step, float offset, float lowest)
    {
        float* at = Steps(row / Lanes) + (index * 4 * Lanes) + (row % Lanes);
        float inverse = 1 / step;
        at[0] = step;
        at[Lanes] = offset;
        at[2 * Lanes] = float.IsFinite(inverse) ? inverse : 0;
        at[3 * Lanes] = lowest;
    }

    /// <summary>Rounds rows whose grids are set.</summary>
    /// <param name="weights">Row-major, at most <see cref="Most"/> rows.</param>
    /// <param name="codes">Receives the codes, row-major.</param>
    /// <returns>Σ over the rows of their error under the factor's matrix.</returns>
    public double Round(ReadOnlySpan<float> weights, Span<byte> codes)
    {
        int rows = weights.Length / _columns;
        double loss = Go(weights, default);
        int[] order = factor.Order;
        for (int row = 0; row < rows; row++)
        {
            Span<byte> target = codes.Slice(row * _columns, _columns);
            ReadOnlySpan<byte> source = _codes.AsSpan((row / Lanes * Lanes * _columns) + (row % Lanes));
            for (int j = 0; j < order.Length; j++)
            {
                target[order[j]] = source[j * Lanes];
            }
        }

        return loss;
    }

    /// <summary>The error of rows that are rounded already.</summary>
    /// <param name="weights">Row-major, at most <see cref="Most"/> rows.</param>
    /// <param name="rounded">What stands for them.</param>
    public double Measure(ReadOnlySpan<float> weights, ReadOnlySpan<float> rounded) => Go(weights, rounded);

    public void Dispose()
    {
        _values.Dispose();
        _errors.Dispose();
        _originals.Dispose();
        _steps.Dispose();
    }

    private float* Steps(int group) => _steps.Pointer + ((long)group * runs * 4 * Lanes);

    private float* Values(int group) => _values.Pointer + ((long)group * Lanes * (_columns + Tile.Rows));

    private double Go(ReadOnlySpan<float> weights, ReadOnlySpan<float> rounded)
    {
        int rows = weights.Length / _columns;
        int groups = (rows + Lanes - 1) / Lanes;
        for (int group = 0; group < groups; group++)
        {
            Gather(weights, group * Lanes, 0, _columns, Values(group));
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
                Gather(weights, group * Lanes, first, count, originals);
                if (!rounded.IsEmpty)
                {
                    // Errors that are known: what was stored, less what stands for it.
                    Gather(rounded, group * Lanes, first, count, errors);
                    for (int i = 0; i < count * Lanes; i++)
                    {
                        errors[i] = originals[i] - errors[i];
                    }
                }

                Clear(_losses);
                Corner(block, count, group, originals, errors, rounded.IsEmpty);
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

    private static void Clear(float[] losses) => Array.Clear(losses);

    /// <summary>Some columns of a group, in the factor's order, a row a lane; lanes without a row are zero.</summary>
    private void Gather(ReadOnlySpan<float> weights, int firstRow, int first, int count, float* target)
    {
        ReadOnlySpan<int> order = factor.Order.AsSpan(first, count);
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
    private void Corner(int block, int count, int group, float* originals, float* errors, bool choose)
    {
        float* corner = factor.Corner(block);
        int first = block * FeedbackFactor.Block;
        float* values = Values(group) + ((long)first * Lanes);
        fixed (float* losses = _losses)
        fixed (byte* codes = &_codes[(((long)group * _columns) + first) * Lanes])
        fixed (float* pivots = &factor.Pivots[first])
        fixed (int* order = &factor.Order[first])
        {
            for (int part = 0; part < count; part += Part)
            {
                int end = Math.Min(count, part + Part);
                for (int j = part; j < end; j++)
                {
                    if (choose)
                    {
                        Choose(Steps(group) + (order[j] / run * 4 * Lanes), top, values + (j * Lanes), originals + (j * Lanes), errors + (j * Lanes), codes + (j * Lanes));
                    }

                    Correct(corner + (j * FeedbackFactor.CornerStride), j, end, pivots[j], values, originals, errors, losses);
                }

                for (int column = end; column < count; column += Tile.Rows)
                {
                    Tile.Add(
                        end - part,
                        corner + (part * FeedbackFactor.CornerStride) + column,
                        FeedbackFactor.CornerStride,
                        errors + (part * Lanes),
                        values + (column * Lanes),
                        Lanes);
                }
            }
        }
    }

    /// <summary>Codes of a column: the nearest to what the columns before made of the weights.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Choose(float* steps, int top, float* value, float* original, float* error, byte* codes)
    {
        Vector256<float> magic = Vector256.Create(Rounding.Magic);
        Vector256<float> highest = Vector256.Create((float)top);
        Vector256<int> low = default;
        Vector256<int> high = default;
        for (int lane = 0; lane < Lanes; lane += 8)
        {
            Vector256<float> step = Vector256.Load(steps + lane);
            Vector256<float> offset = Vector256.Load(steps + Lanes + lane);
            Vector256<float> inverse = Vector256.Load(steps + (2 * Lanes) + lane);
            Vector256<float> lowest = Vector256.Load(steps + (3 * Lanes) + lane);
            Vector256<float> level = (Vector256.Load(value + lane) - offset) * inverse;
            level = Vector256.Max(lowest, Vector256.Min(lowest + highest, level)) + magic - magic;
            (Vector256.Load(original + lane) - ((step * level) + offset)).Store(error + lane);
            Vector256<int> code = Vector256.ConvertToInt32(level - lowest);
            (low, high) = (high, code);
        }

        Vector256<ushort> narrow = Vector256.Narrow(low.AsUInt32(), high.AsUInt32());
        Vector128.Narrow(narrow.GetLower(), narrow.GetUpper()).Store(codes);
    }

    /// <summary>Adds up the loss of a column and takes its error to the next ones.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Correct(
        float* factors, int column, int end, float pivot, float* values, float* originals, float* errors, float* losses)
    {
        Vector256<float> error0 = Vector256.Load(errors + (column * Lanes));
        Vector256<float> error1 = Vector256.Load(errors + (column * Lanes) + 8);

        // Current weight less what stands for it: original less that, and what earlier columns added.
        Vector256<float> residual0 = Vector256.Load(values + (column * Lanes)) - Vector256.Load(originals + (column * Lanes)) + error0;
        Vector256<float> residual1 = Vector256.Load(values + (column * Lanes) + 8) - Vector256.Load(originals + (column * Lanes) + 8) + error1;
        Vector256<float> weight = Vector256.Create(pivot);
        Vector256.FusedMultiplyAdd(weight * residual0, residual0, Vector256.Load(losses)).Store(losses);
        Vector256.FusedMultiplyAdd(weight * residual1, residual1, Vector256.Load(losses + 8)).Store(losses + 8);
        for (int k = column + 1; k < end; k++)
        {
            Vector256<float> share = Vector256.Create(factors[k]);
            float* target = values + (k * Lanes);
            Vector256.FusedMultiplyAdd(share, error0, Vector256.Load(target)).Store(target);
            Vector256.FusedMultiplyAdd(share, error1, Vector256.Load(target + 8)).Store(target + 8);
        }
    }
}
