using ModelPack.Models;

namespace ModelPack.Quantize.Budget;

/// <summary>Chooses one option an item so that the loss is least and the bytes stay within a budget.</summary>
/// <remarks>
/// The multiple-choice knapsack problem. Each item's options are reduced to their lower convex hull; upgrades along all hulls, taken by
/// loss saved a byte, are the optimum of the relaxed problem but for the last one, which does not fit. What is left over is then spent on
/// the upgrades that fit, from the best on. Source: Kellerer, Pferschy, Pisinger, Knapsack Problems, chapter 11.
/// </remarks>
public static class Knapsack
{
    /// <summary>Chooses.</summary>
    /// <param name="items">What is chosen for.</param>
    /// <param name="budget">Most bytes of all choices.</param>
    /// <exception cref="ModelPackException">Even the smallest options take more.</exception>
    public static Allocation Choose(IReadOnlyList<BudgetItem> items, long budget)
    {
        int[] choices = [.. items.Select(Smallest)];
        long bytes = items.Select((item, i) => item.Options[choices[i]].Bytes).Sum();
        if (bytes > budget)
        {
            throw new ModelPackException($"budget of {budget} bytes; the smallest types take {bytes}");
        }

        double bound = items.Select((item, i) => item.Options[choices[i]].Loss).Sum();
        bool fits = true;
        foreach (Upgrade upgrade in Upgrades(items).OrderBy(static u => u.Rank).ThenByDescending(static u => u.Saved / u.Cost).ThenBy(static u => u.Item))
        {
            // Up to the first upgrade that does not fit this is the relaxed optimum, of which a part of that upgrade is the rest.
            if (fits && bytes + upgrade.Cost > budget)
            {
                bound -= upgrade.Saved * (budget - bytes) / upgrade.Cost;
                fits = false;
            }

            if (bytes + upgrade.Cost <= budget && choices[upgrade.Item] == upgrade.From)
            {
                bytes += upgrade.Cost;
                choices[upgrade.Item] = upgrade.To;
                bound -= fits ? upgrade.Saved : 0;
            }
        }

        while (Fill(items, choices, budget, ref bytes))
        {
        }

        return new(choices, bytes, items.Select((item, i) => item.Options[choices[i]].Loss).Sum(), bound);
    }

    private static int Smallest(BudgetItem item)
    {
        int best = 0;
        for (int i = 1; i < item.Options.Count; i++)
        {
            (BudgetOption a, BudgetOption b) = (item.Options[i], item.Options[best]);
            best = a.Bytes < b.Bytes || (a.Bytes == b.Bytes && a.Loss < b.Loss) ? i : best;
        }

        return best;
    }

    private static IEnumerable<Upgrade> Upgrades(IReadOnlyList<BudgetItem> items)
    {
        for (int i = 0; i < items.Count; i++)
        {
            IReadOnlyList<BudgetOption> options = items[i].Options;
            for (int at = Smallest(items[i]); Next(options, at) is { } next; at = next)
            {
                yield return new(i, items[i].Rank, at, next, options[next].Bytes - options[at].Bytes, options[at].Loss - options[next].Loss);
            }
        }
    }

    // The next corner of the hull: the steepest way down.
    private static int? Next(IReadOnlyList<BudgetOption> options, int at)
    {
        int? best = null;
        double steepest = 0;
        for (int i = 0; i < options.Count; i++)
        {
            double slope = options[i].Bytes > options[at].Bytes ? (options[at].Loss - options[i].Loss) / (options[i].Bytes - options[at].Bytes) : 0;
            if (slope > steepest || (slope == steepest && slope > 0 && options[i].Bytes > options[best!.Value].Bytes))
            {
                (best, steepest) = (i, slope);
            }
        }

        return best;
    }

    // The single change that saves most and fits; also to options that are no corner of a hull.
    private static bool Fill(IReadOnlyList<BudgetItem> items, int[] choices, long budget, ref long bytes)
    {
        (int Item, int To, long Cost, double Saved) best = default;
        for (int i = 0; i < items.Count; i++)
        {
            BudgetOption now = items[i].Options[choices[i]];
            for (int to = 0; to < items[i].Options.Count; to++)
            {
                (long cost, double saved) = (items[i].Options[to].Bytes - now.Bytes, now.Loss - items[i].Options[to].Loss);
                if (saved > best.Saved && bytes + cost <= budget)
                {
                    best = (i, to, cost, saved);
                }
            }
        }

        if (best.Saved <= 0)
        {
            return false;
        }

        choices[best.Item] = best.To;
        bytes += best.Cost;
        return true;
    }

    private readonly record struct Upgrade(int Item, int Rank, int From, int To, long Cost, double Saved);
}
