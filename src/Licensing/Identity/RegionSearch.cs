namespace ModelPack.Licensing.Identity;

/// <summary>
/// Ranks the references by how much of a text they explain: the inverted index counts common runs, the best candidates are then
/// placed where their runs lie densest.
/// </summary>
internal sealed class RegionSearch(LicenseIndex index, TextPositions text)
{
    /// <summary>References that are placed exactly; the families of near-equal texts are smaller.</summary>
    private const int Candidates = 24;

    /// <summary>Fewer common runs than this say nothing.</summary>
    private const int MinFound = 6;

    /// <summary>What a foreign run inside a stretch costs: gaps of up to 2.5 times the matched text are bridged.</summary>
    private const double ForeignCost = 0.4;

    /// <summary>What a missing run of the reference costs while candidates are chosen: it keeps out long texts met by chance.</summary>
    private const double RankingMissingCost = 0.3;

    /// <summary>What it costs afterwards: little, so that a text that ends early stays with the license it began as.</summary>
    private const double MissingCost = 0.05;

    private readonly int[] _stamps = new int[text.Distinct.Length];
    private int _stamp;

    /// <summary>Candidates for the part of the text that is not taken, the best first.</summary>
    public List<LicenseRegion> Find()
    {
        int[] best = Rank();
        int[] slots = new int[index.References.Count];
        for (int i = 0; i < best.Length; i++)
        {
            slots[best[i]] = i + 1;
        }

        int[] masks = Masks(slots);
        List<LicenseRegion> regions = new(best.Length);
        for (int i = 0; i < best.Length; i++)
        {
            if (Place(best[i], masks, 1 << i) is LicenseRegion region)
            {
                regions.Add(region);
            }
        }

        // Equal gains: the list's order, so that the answer never depends on a sort.
        return [.. regions.OrderByDescending(static r => r.Gain).ThenBy(static r => r.Reference)];
    }

    /// <summary>Numbers of the references with the highest possible gain.</summary>
    private int[] Rank()
    {
        bool[] present = new bool[text.Distinct.Length];
        for (int i = 0; i < text.Order.Length; i++)
        {
            if (text.Order[i] >= 0 && !text.Taken[i])
            {
                present[text.Order[i]] = true;
            }
        }

        int[] counts = new int[index.References.Count];
        for (int d = 0; d < present.Length; d++)
        {
            if (present[d])
            {
                foreach (ushort holder in index.Holders(text.Distinct[d]))
                {
                    counts[holder]++;
                }
            }
        }

        return
        [
            .. Enumerable.Range(0, counts.Length)
                .Where(r => counts[r] >= MinFound && Gain(counts[r], 0, r, RankingMissingCost) > 0)
                .OrderByDescending(r => Gain(counts[r], 0, r, RankingMissingCost))
                .ThenBy(static r => r)
                .Take(Candidates),
        ];
    }

    /// <summary>For each position a bit per candidate that has its run.</summary>
    private int[] Masks(int[] slots)
    {
        int[] byRun = new int[text.Distinct.Length];
        for (int d = 0; d < byRun.Length; d++)
        {
            foreach (ushort holder in index.Holders(text.Distinct[d]))
            {
                byRun[d] |= slots[holder] > 0 ? 1 << (slots[holder] - 1) : 0;
            }
        }

        int[] masks = new int[text.Order.Length];
        for (int i = 0; i < masks.Length; i++)
        {
            masks[i] = text.Order[i] >= 0 && !text.Taken[i] ? byRun[text.Order[i]] : 0;
        }

        return masks;
    }

    /// <summary>The stretch where a candidate's runs outweigh the foreign ones most, or null when they never do.</summary>
    private LicenseRegion? Place(int reference, int[] masks, int bit)
    {
        double sum = 0;
        double highest = 0;
        int from = 0;
        int start = 0;
        int end = 0;
        for (int i = 0; i < masks.Length; i++)
        {
            if (sum <= 0)
            {
                (sum, from) = (0, i);
            }

            sum = text.Taken[i] ? 0 : sum + ((masks[i] & bit) != 0 ? 1 : -ForeignCost);
            if (sum > highest)
            {
                (highest, start, end) = (sum, from, i + 1);
            }
        }

        (start, end) = Trim(masks, bit, start, end);
        _stamp++;
        int hits = 0;
        int found = 0;
        for (int i = start; i < end; i++)
        {
            if ((masks[i] & bit) != 0)
            {
                hits++;
                if (_stamps[text.Order[i]] != _stamp)
                {
                    _stamps[text.Order[i]] = _stamp;
                    found++;
                }
            }
        }

        double gain = Gain(found, end - start - hits, reference, MissingCost);
        return found >= MinFound && gain > 0 ? new(reference, start, end, hits, found, gain) : null;
    }

    /// <summary>
    /// Cuts off a few repeated runs beyond a gap at either end: "this software is provided" of the next license is not a part of
    /// this one.
    /// </summary>
    private (int Start, int End) Trim(int[] masks, int bit, int start, int end)
    {
        const int MaxHits = 6;
        const int MinGap = 2;
        int hits = 0;
        while (hits < MaxHits && end - 1 - hits > start && (masks[end - 1 - hits] & bit) != 0)
        {
            hits++;
        }

        int rest = end - hits;
        int gap = rest;
        while (gap > start && (masks[gap - 1] & bit) == 0)
        {
            gap--;
        }

        if (hits < MaxHits && rest - gap >= MinGap && Repeats(rest, end, start, gap))
        {
            end = gap;
        }

        hits = 0;
        while (hits < MaxHits && start + hits < end && (masks[start + hits] & bit) != 0)
        {
            hits++;
        }

        rest = start + hits;
        gap = rest;
        while (gap < end && (masks[gap] & bit) == 0)
        {
            gap++;
        }

        return hits < MaxHits && gap - rest >= MinGap && Repeats(start, rest, gap, end) ? (gap, end) : (start, end);
    }

    /// <summary>Whether all runs of a few positions stand in the others too.</summary>
    private bool Repeats(int from, int to, int start, int end)
    {
        for (int i = from; i < to; i++)
        {
            if (!text.Order.AsSpan(start, end - start).Contains(text.Order[i]))
            {
                return false;
            }
        }

        return true;
    }

    private double Gain(int found, int foreign, int reference, double missingCost) =>
        found - (ForeignCost * foreign) - (missingCost * (index.DistinctCount(reference) - found));
}
