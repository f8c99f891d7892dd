using ModelPack.Models.Architectures;
using ModelPack.Models.Tensors;
using ModelPack.Quantize.Importance;

namespace ModelPack.Quantize.Budget;

/// <summary>Losses of a tensor's matrices, expert by expert, in the unit of the sensitivity.</summary>
internal static class ItemLoss
{
    /// <summary>Share of the mean load that an expert counts with at least: one that this text did not need is not one that no text needs.</summary>
    private const double LeastLoad = 0.02;

    /// <summary>For each matrix, the loss of each type.</summary>
    /// <param name="role">The weight, or the stack.</param>
    /// <param name="weights">Rows of all matrices.</param>
    /// <param name="entry">Mean squared inputs and counts.</param>
    /// <param name="types">What is tried; called from several threads, so each call makes its own.</param>
    /// <param name="sensitivity">What an error does.</param>
    /// <param name="cancel">Stops between matrices.</param>
    public static double[][] Of(
        TensorRole role,
        TensorSource weights,
        ImportanceEntry entry,
        Func<IReadOnlyList<RoundingLoss.RoundTrip>> types,
        Sensitivity sensitivity,
        CancellationToken cancel)
    {
        int matrices = checked((int)(entry.Values.Count / weights.Columns));
        long rows = weights.Rows / matrices;
        double[] loads = Loads(entry, matrices);
        (double Energy, double[] Losses)[] measured = new (double, double[])[matrices];
        Parallel.For(0, matrices, new ParallelOptions { CancellationToken = cancel }, matrix =>
        {
            float[] importance = new float[weights.Columns];
            entry.Values.Read((long)matrix * weights.Columns, importance);
            measured[matrix] = RoundingLoss.Measure(weights, matrix * rows, rows, importance, types());
        });
        double factor = sensitivity.Factor(role, measured.Select((m, i) => m.Energy * loads[i]).Sum());
        return [.. measured.Select((m, i) => m.Losses.Select(l => l * loads[i] * factor).ToArray())];
    }

    // Tokens of each expert. One count for all is what the old format has, and what all heads of a projection saw.
    private static double[] Loads(ImportanceEntry entry, int matrices)
    {
        if (entry.Counts.Count != matrices)
        {
            return [.. Enumerable.Repeat(Math.Max(1.0, entry.Counts[0]), matrices)];
        }

        double least = Math.Max(entry.Counts.Average(), 1) * LeastLoad;
        return [.. entry.Counts.Select(c => Math.Max(c, least))];
    }
}
