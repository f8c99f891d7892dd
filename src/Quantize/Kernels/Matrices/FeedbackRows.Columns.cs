using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace ModelPack.Quantize.Kernels.Matrices;

/// <content>One column of sixteen rows.</content>
internal sealed unsafe partial class FeedbackRows
{
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
