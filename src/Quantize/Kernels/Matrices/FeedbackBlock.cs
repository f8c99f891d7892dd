using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace ModelPack.Quantize.Kernels.Matrices;

/// <summary>
/// Sixteen rows, a lane each, through the columns of one block: the sequential part of rounding with feedback. What the columns of other
/// blocks add to the values is there already, whoever computed it.
/// </summary>
internal unsafe ref struct FeedbackBlock
{
    /// <summary>Rows side by side.</summary>
    public const int Lanes = Tile.Columns;

    /// <summary>Floats of a run's grid: step, offset, inverse of the step, lowest level.</summary>
    public const int StepFloats = 4 * Lanes;

    /// <summary>Columns whose corrections are applied one at a time, before those of all of them go to the rest of the block.</summary>
    private const int Part = 16;

    /// <summary>Columns of the block.</summary>
    public required int Count;

    /// <summary>Columns that share a step.</summary>
    public required int Run;

    /// <summary>The greatest code.</summary>
    public required int Top;

    /// <summary>[Count]: which column of the row each is.</summary>
    public required int* Order;

    /// <summary>[Count][<see cref="FeedbackFactor.CornerStride"/>]: what a column's error adds to each later one.</summary>
    public required float* Shares;

    /// <summary>[Count]: how much the square of a residual counts.</summary>
    public required float* Pivots;

    /// <summary>[runs][4][16]: the grids.</summary>
    public required float* Steps;

    /// <summary>[Count + 6][16]: the weights as earlier columns left them; spoiled.</summary>
    public required float* Values;

    /// <summary>[Count][16]: the weights.</summary>
    public required float* Originals;

    /// <summary>[Count][16]: weights less what stands for them; written where codes are chosen, else read.</summary>
    public required float* Errors;

    /// <summary>
    /// [Count][16]: errors that the values contain already; null for none. Errors are then written less these: only the change is passed on.
    /// </summary>
    public float* Before;

    /// <summary>[Count][16]: the codes that were chosen; null where the errors are known.</summary>
    public required byte* Codes;

    /// <summary>[16]: grows by the losses of the rows; of no meaning with <see cref="Before"/>.</summary>
    public required float* Losses;

    /// <summary>Sets the grid of a run of a lane.</summary>
    /// <param name="steps">[runs][4][16].</param>
    /// <param name="lane">Row.</param>
    /// <param name="index">Run.</param>
    /// <param name="step">May be 0 or negative.</param>
    /// <param name="offset">The weight of level 0.</param>
    /// <param name="lowest">The level of code 0.</param>
    public static void SetGrid(float* steps, int lane, int index, float step, float offset, float lowest)
    {
        float* at = steps + ((long)index * StepFloats) + lane;
        float inverse = 1 / step;
        at[0] = step;
        at[Lanes] = offset;
        at[2 * Lanes] = float.IsFinite(inverse) ? inverse : 0;
        at[3 * Lanes] = lowest;
    }

    /// <summary>Goes through the columns.</summary>
    public readonly void Go()
    {
        for (int part = 0; part < Count; part += Part)
        {
            int end = Math.Min(Count, part + Part);
            for (int j = part; j < end; j++)
            {
                if (Codes is not null)
                {
                    Choose(Steps + (Order[j] / Run * (long)StepFloats), Top, Values + (j * Lanes), Originals + (j * Lanes), Errors + (j * Lanes), Codes + (j * Lanes));
                }

                if (Before is not null)
                {
                    Subtract(Errors + (j * Lanes), Before + (j * Lanes));
                }

                Correct(Shares + (j * FeedbackFactor.CornerStride), j, end, Pivots[j], Values, Originals, Errors, Losses);
            }

            for (int column = end; column < Count; column += Tile.Rows)
            {
                Tile.Add(
                    end - part,
                    Shares + (part * FeedbackFactor.CornerStride) + column,
                    FeedbackFactor.CornerStride,
                    Errors + (part * Lanes),
                    Values + (column * Lanes),
                    Lanes);
            }
        }
    }

    private static void Subtract(float* errors, float* before)
    {
        (Vector256.Load(errors) - Vector256.Load(before)).Store(errors);
        (Vector256.Load(errors + 8) - Vector256.Load(before + 8)).Store(errors + 8);
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
