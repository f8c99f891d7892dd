namespace ModelPack.Licensing.Identity;

/// <summary>What a region is: refused, or a state and the reasons for it.</summary>
/// <param name="State">Exact, Variant or Modified.</param>
/// <param name="Reasons">Why it is not exact.</param>
internal sealed record RegionVerdict(DetectionState State, List<string> Reasons)
{
    /// <summary>Whether the text stops before the reference does.</summary>
    public bool EndsEarly { get; init; }

    /// <summary>A word that was put into a sentence of the reference and turns it; −1 for none.</summary>
    public int TurningWord { get; init; } = -1;

    /// <summary>Least share of the reference for a text that is the license.</summary>
    private const double MinRecall = 0.75;

    /// <summary>Least share of the reference for a text that started from it.</summary>
    private const double MinModifiedRecall = 0.5;

    private const double MinPrecision = 0.5;

    /// <summary>A text that ends early must hold this share of the reference, and this share of what comes before its end.</summary>
    private const double MinPrefix = 0.35;

    private const double MinPrefixShare = 0.75;

    /// <summary>Runs that such a text must have: few when the file ends there too, more in the midst of other text.</summary>
    private const int MinPrefixFoundAtEnd = 12;

    private const int MinPrefixFound = 60;

    /// <summary>A row of this many missing words is a clause that was taken out.</summary>
    private const int ClauseWords = 20;

    /// <summary>Judges a region, or null when it is not that license at all.</summary>
    public static RegionVerdict? Of(LicenseIndex index, TextPositions text, LicenseRegion region)
    {
        double recall = region.Recall(index);
        if (region.Precision < MinPrecision)
        {
            return null;
        }

        if (text.Shingles.AsSpan(region.Start, region.End - region.Start).SequenceEqual(index.Sequence(region.Reference)))
        {
            return new(DetectionState.Exact, []);
        }

        ReferenceCoverage coverage = ReferenceCoverage.Of(index, text, region);
        bool early = coverage.Prefix >= MinPrefix * coverage.Length
            && coverage.PrefixShare >= MinPrefixShare
            && coverage.PrefixFound >= (region.End + WordHash.ShingleWords >= text.Shingles.Length ? MinPrefixFoundAtEnd : MinPrefixFound);
        if (recall < MinRecall && !early)
        {
            return recall < MinModifiedRecall
                ? null
                : new(DetectionState.Modified, [$"only {recall:P0} of the reference's words are there"]);
        }

        RegionVerdict verdict = new(DetectionState.Variant, []);
        if (coverage.MissingTail > 0.05)
        {
            verdict = verdict with { EndsEarly = true };
            verdict.Reasons.Add($"the text ends early: the last {coverage.MissingTail:P0} of the reference is missing");
        }

        List<AlignedBlock> blocks = Alignment.Of(index, text, region);
        if (Residue.LongestDeletion(index, text, region, blocks) is (int words, int after) && words >= ClauseWords)
        {
            verdict.Reasons.Add($"{words} words of the reference are missing after its word {after}");
            return verdict with { State = DetectionState.Modified };
        }

        if (Residue.TurningInsertion(text, blocks) is int turn and >= 0)
        {
            return verdict with { State = DetectionState.Modified, TurningWord = turn };
        }

        foreach (IReadOnlyList<uint> phrase in index.References[region.Reference].Phrases)
        {
            if (!Holds(text.Words, region, phrase))
            {
                verdict.Reasons.Add("the words that name the version are not there");
                return verdict with { State = DetectionState.Modified };
            }
        }

        return verdict;
    }

    private static bool Holds(IReadOnlyList<LicenseWord> words, LicenseRegion region, IReadOnlyList<uint> phrase)
    {
        // The title may lie before the first matching run.
        int start = Math.Max(0, region.Start - WordHash.ShingleWords - phrase.Count);
        for (int i = start; i + phrase.Count <= Math.Min(words.Count, region.End + WordHash.ShingleWords + phrase.Count); i++)
        {
            int same = 0;
            while (same < phrase.Count && words[i + same].Hash == phrase[same])
            {
                same++;
            }

            if (same == phrase.Count)
            {
                return true;
            }
        }

        return false;
    }
}
