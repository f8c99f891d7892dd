namespace ModelPack.Licensing.Identity;

/// <summary>Words that make a duty, a prohibition or a condition.</summary>
internal static class NormativeWords
{
    private static readonly HashSet<uint> Normative = Hashes(
        "shall must cannot only unless provided prohibited forbidden restricted required requires commercial noncommercial users revenue "
        + "military weapons display prominently consent royalty");

    private static readonly HashSet<uint> Turning = Hashes(
        "not non cannot never commercial noncommercial academic military revenue prohibited forbidden");

    private static readonly uint May = WordHash.Of("may");
    private static readonly uint Not = WordHash.Of("not");

    /// <summary>Whether a run of added words with this word can change what the text asks.</summary>
    public static bool Contains(uint word) => Normative.Contains(word);

    /// <summary>Whether these two words, the one after the other, forbid.</summary>
    public static bool Forbid(uint first, uint second) => first == May && second == Not;

    /// <summary>Whether this word alone, put into a sentence, can turn its sense.</summary>
    public static bool Turns(uint word) => Turning.Contains(word);

    /// <summary>Whether a line, not normalized, holds such a word.</summary>
    public static bool AnyIn(ReadOnlySpan<char> line)
    {
        Span<char> lower = stackalloc char[24];
        int start = -1;
        for (int i = 0; i <= line.Length; i++)
        {
            bool letter = i < line.Length && char.IsAsciiLetter(line[i]);
            if (letter && start < 0)
            {
                start = i;
            }
            else if (!letter && start >= 0)
            {
                if (i - start <= lower.Length)
                {
                    int length = line[start..i].ToLowerInvariant(lower);
                    if (Normative.Contains(WordHash.Of(lower[..length])))
                    {
                        return true;
                    }
                }

                start = -1;
            }
        }

        return false;
    }

    private static HashSet<uint> Hashes(string words) => [.. words.Split(' ').Select(static word => WordHash.Of(word))];
}
