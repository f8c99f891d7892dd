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
    /// <param name="inputs">What solving takes back, and routing weights; null where nothing is known of them.</param>
    /// <param name="sensitivity">What an error does.</param>
    /// <param name="cancel">Stops between matrices.</param>
    public static double[][] Of(
        TensorRole role,
        TensorSource weights,
        ImportanceEntry entry,
        Func<IReadOnlyList<RoundingLoss.Candidate>> types,
        InputLosses? inputs,
        Sensitivity sensitivity,
        CancellationToken cancel)
    {
        int matrices = checked((int)(entry.Values.Count / weights.Columns));
        long rows = weights.Rows / matrices;
        TensorRole[] roles = [.. Enumerable.Range(0, matrices).Select(m => TensorRole.IsExpert(role.Kind) ? role with { Expert = m } : role)];
        double[] loads = Loads(entry, matrices);
        Weigh(loads, [.. roles.Select(r => inputs?.MeanGate(r))]);
        (double Energy, double[] Losses)[] measured = new (double, double[])[matrices];
        Parallel.For(0, matrices, new ParallelOptions { CancellationToken = cancel }, matrix =>
        {
            float[] importance = new float[weights.Columns];
            entry.Values.Read((long)matrix * weights.Columns, importance);
            measured[matrix] = RoundingLoss.Measure(weights, matrix * rows, rows, importance, PivotsOf(inputs?.Pivots(roles[matrix]), matrix, weights.Columns), types());
        });
        double factor = sensitivity.Factor(role, measured.Select((m, i) => m.Energy * loads[i]).Sum());
        return [.. measured.Select((m, i) => m.Losses.Select(l => l * loads[i] * factor).ToArray())];
    }

    // Heads have theirs one after the other.
    private static float[]? PivotsOf(float[]? all, int matrix, int columns) =>
        all is null || all.Length == columns ? all : all[(matrix * columns)..((matrix + 1) * columns)];

    // An expert whose output is added with small weights does little harm; one that saw no token has the weights of the others.
    private static void Weigh(double[] loads, double?[] gates)
    {
        double mean = gates.Average() ?? 1;
        for (int i = 0; i < loads.Length; i++)
        {
            loads[i] *= gates[i] ?? mean;
        }
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
