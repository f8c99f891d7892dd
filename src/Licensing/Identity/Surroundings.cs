namespace ModelPack.Licensing.Identity;

/// <summary>Which words beside a region are read as part of its terms.</summary>
internal static class Surroundings
{
    /// <summary>In prose, words after a license that may still be a rider.</summary>
    private const int ProseWords = 160;

    /// <summary>First word, and word after the last, that belong to region number <paramref name="i"/>.</summary>
    /// <param name="text">The text.</param>
    /// <param name="words">Its words.</param>
    /// <param name="kind">What the file's name promises.</param>
    /// <param name="regions">All regions in the text's order.</param>
    /// <param name="i">The region.</param>
    public static (int From, int To) Of(
        string text, IReadOnlyList<LicenseWord> words, LicenseFileKind kind, IReadOnlyList<LicenseRegion> regions, int i)
    {
        int start = regions[i].Start;
        int end = Math.Min(words.Count, regions[i].End + WordHash.ShingleWords - 1);
        int next = i + 1 < regions.Count ? Math.Max(end, regions[i + 1].Start) : words.Count;
        return kind switch
        {
            LicenseFileKind.Terms => (i == 0 ? 0 : start, next),
            LicenseFileKind.Prose => (start, SectionEnd(text, words, end, Math.Min(next, end + ProseWords))),
            _ => (start, end),
        };
    }

    /// <summary>The word before which a Markdown heading or a rule ends the section.</summary>
    private static int SectionEnd(string text, IReadOnlyList<LicenseWord> words, int end, int limit)
    {
        for (int w = end; w < limit; w++)
        {
            ReadOnlySpan<char> between = text.AsSpan(words[w - 1].End, Math.Max(0, words[w].Start - words[w - 1].End));
            int line = between.LastIndexOf('\n');
            if (line >= 0 && (between[(line + 1)..].TrimStart().StartsWith('#') || between.Contains("\n---", StringComparison.Ordinal)))
            {
                return w;
            }
        }

        return limit;
    }
}
