namespace ModelPack.Licensing.Policy;

/// <summary>What a misspelled word may have meant.</summary>
internal static class Suggestion
{
    private const int LongestWord = 64;

    /// <returns>"; did you mean 'x'?" for the word with the fewest edits, at most a third of its letters; else nothing.</returns>
    public static string For(string text, IEnumerable<string> words)
    {
        if (text.Length > LongestWord)
        {
            return "";
        }

        (string Word, int Edits)? best = null;
        foreach (string word in words.Where(static word => word.Length <= LongestWord))
        {
            int edits = Distance(text.ToUpperInvariant(), word.ToUpperInvariant());
            if (edits <= Math.Max(1, word.Length / 3) && (best is null || (edits, word.Length).CompareTo((best.Value.Edits, best.Value.Word.Length)) < 0))
            {
                best = (word, edits);
            }
        }

        return best is null ? "" : $"; did you mean '{best.Value.Word}'?";
    }

    // Levenshtein's distance, where two letters that changed places are one edit; row by row.
    private static int Distance(string left, string right)
    {
        int[] older = new int[right.Length + 1];
        int[] last = new int[right.Length + 1];
        int[] row = [.. Enumerable.Range(0, right.Length + 1)];
        for (int i = 1; i <= left.Length; i++)
        {
            (older, last, row) = (last, row, older);
            row[0] = i;
            for (int j = 1; j <= right.Length; j++)
            {
                int same = left[i - 1] == right[j - 1] ? 0 : 1;
                row[j] = Math.Min(Math.Min(last[j], row[j - 1]) + 1, last[j - 1] + same);
                if (i > 1 && j > 1 && left[i - 1] == right[j - 2] && left[i - 2] == right[j - 1])
                {
                    row[j] = Math.Min(row[j], older[j - 2] + 1);
                }
            }
        }

        return row[^1];
    }
}
