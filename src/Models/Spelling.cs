using System.Text;

namespace ModelPack.Models;

/// <summary>Spells text that came from a file so that an error message stays one short, printable line.</summary>
internal static class Spelling
{
    private const int Longest = 200;

    /// <summary>The text with control characters and lone surrogates as "?" and cut at 200 characters.</summary>
    public static string OneLine(string text) => OneLine(text, Longest);

    /// <summary>The same, cut at another length.</summary>
    public static string OneLine(string text, int longest)
    {
        StringBuilder line = new(Math.Min(text.Length, longest + 3));
        foreach (Rune rune in text.EnumerateRunes())
        {
            if (line.Length >= longest)
            {
                return line.Append("...").ToString();
            }

            line.Append(Rune.IsControl(rune) || rune == Rune.ReplacementChar ? "?" : rune.ToString());
        }

        return line.ToString();
    }

    /// <summary>The first few names, then how many more there are: "a, b, c and 12 more".</summary>
    public static string Some(IReadOnlyCollection<string> names, int shown = 8)
    {
        string list = string.Join(", ", names.Take(shown).Select(static n => OneLine(n)));
        return names.Count > shown ? $"{list} and {names.Count - shown} more" : list;
    }

    /// <summary>A shape as "[256, 32]"; "[]" for a scalar.</summary>
    public static string Shape(IReadOnlyList<long> shape) => $"[{string.Join(", ", shape)}]";
}
