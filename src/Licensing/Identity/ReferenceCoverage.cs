namespace ModelPack.Licensing.Identity;

/// <summary>Which part of a reference a stretch of text holds.</summary>
/// <param name="Length">Runs of the reference, in order, repeated ones included.</param>
/// <param name="Prefix">Runs up to the place where the text ends early; <see cref="Length"/> when it does not.</param>
/// <param name="PrefixFound">Runs of the prefix that the text has.</param>
internal sealed record ReferenceCoverage(int Length, int Prefix, int PrefixFound)
{
    /// <summary>Share of the prefix that the text has.</summary>
    public double PrefixShare => Prefix == 0 ? 0 : (double)PrefixFound / Prefix;

    /// <summary>Share of the reference that comes after the text's end.</summary>
    public double MissingTail => Length == 0 ? 0 : 1 - ((double)Prefix / Length);

    /// <summary>Measures one region.</summary>
    public static ReferenceCoverage Of(LicenseIndex index, TextPositions text, LicenseRegion region)
    {
        ReadOnlySpan<int> sequence = index.Sequence(region.Reference);
        HashSet<int> present = [];
        for (int i = region.Start; i < region.End; i++)
        {
            present.Add(text.Shingles[i]);
        }

        // The prefix ends where found runs outweigh missing ones most.
        int sum = 0;
        int best = 0;
        int prefix = 0;
        int found = 0;
        int prefixFound = 0;
        for (int i = 0; i < sequence.Length; i++)
        {
            bool has = present.Contains(sequence[i]);
            sum += has ? 1 : -1;
            found += has ? 1 : 0;
            if (has && sum >= best)
            {
                (best, prefix, prefixFound) = (sum, i + 1, found);
            }
        }

        return new(sequence.Length, prefix, prefixFound);
    }
}
