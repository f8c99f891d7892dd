using System.Text;

namespace ModelPack.Models.Tokenizers.Normalization;

/// <summary>Unicode normalization forms C and D.</summary>
/// <remarks>
/// Ours, because string.Normalize returns text unchanged where the runtime has no ICU or runs under invariant globalization, as
/// this tool does. Source: Unicode Standard Annex 15. Texts are valid UTF-16: no lone surrogates.
/// </remarks>
internal static class CanonicalForm
{
    /// <summary>Form C: decomposed, then composed. The same object when nothing changes.</summary>
    public static string Compose(string text) => Normalize(text, compose: true);

    /// <summary>Form D: decomposed. The same object when nothing changes.</summary>
    public static string Decompose(string text) => Normalize(text, compose: false);

    private static string Normalize(string text, bool compose)
    {
        int matter = FindMatter(text, 0, compose);
        if (matter == text.Length)
        {
            return text;
        }

        StringBuilder result = new(text.Length);
        List<int> runes = [];
        int done = 0;
        while (matter < text.Length)
        {
            // What comes before may compose with what matters: it belongs to the same stretch.
            int start = Math.Max(done, matter - (matter >= 2 && char.IsSurrogatePair(text[matter - 2], text[matter - 1]) ? 2 : 1));
            int end = matter;
            while (end < text.Length && Matters(text, end, compose, out int width))
            {
                end += width;
            }

            result.Append(text, done, start - done);
            Stretch(text.AsSpan(start, end - start), compose, runes, result);
            done = end;
            matter = FindMatter(text, end, compose);
        }

        return result.Append(text, done, text.Length - done).ToString();
    }

    private static int FindMatter(string text, int at, bool compose)
    {
        char least = compose ? '\u0300' : '\u00C0';
        while (at < text.Length)
        {
            if (text[at] < least)
            {
                at++;
            }
            else if (Matters(text, at, compose, out int width))
            {
                return at;
            }
            else
            {
                at += width;
            }
        }

        return at;
    }

    private static bool Matters(string text, int at, bool compose, out int width)
    {
        width = at + 1 < text.Length && char.IsSurrogatePair(text[at], text[at + 1]) ? 2 : 1;
        int rune = width == 2 ? char.ConvertToUtf32(text[at], text[at + 1]) : text[at];
        return compose ? CanonicalTables.MattersToComposition(rune) : CanonicalTables.MattersToDecomposition(rune);
    }

    private static void Stretch(ReadOnlySpan<char> text, bool compose, List<int> runes, StringBuilder result)
    {
        runes.Clear();
        foreach (Rune rune in text.EnumerateRunes())
        {
            CanonicalTables.Decompose(rune.Value, runes);
        }

        Order(runes);
        if (compose)
        {
            Join(runes);
        }

        Span<char> buffer = stackalloc char[2];
        foreach (int rune in runes)
        {
            result.Append(buffer[..new Rune(rune).EncodeToUtf16(buffer)]);
        }
    }

    /// <summary>Puts marks that follow one another in the order of their classes, keeping the order of equals.</summary>
    private static void Order(List<int> runes)
    {
        for (int start = 0; start < runes.Count; start++)
        {
            int end = start;
            while (end < runes.Count && CanonicalTables.ClassOf(runes[end]) != 0)
            {
                end++;
            }

            if (end - start > 1)
            {
                int[] ordered = [.. runes.GetRange(start, end - start).OrderBy(CanonicalTables.ClassOf)];
                for (int i = 0; i < ordered.Length; i++)
                {
                    runes[start + i] = ordered[i];
                }
            }

            start = end;
        }
    }

    private static void Join(List<int> runes)
    {
        int count = 0;
        int starter = -1;
        int before = 0;
        foreach (int rune in runes.ToArray())
        {
            int own = CanonicalTables.ClassOf(rune);
            if (starter >= 0 && (count - 1 == starter || before < own)
                && CanonicalTables.Compose(runes[starter], rune) is > 0 and int whole)
            {
                runes[starter] = whole;
                continue;
            }

            starter = own == 0 ? count : starter;
            before = own;
            runes[count++] = rune;
        }

        runes.RemoveRange(count, runes.Count - count);
    }
}
