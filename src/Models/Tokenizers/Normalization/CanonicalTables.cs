using System.Globalization;

namespace ModelPack.Models.Tokenizers.Normalization;

/// <summary><see cref="CanonicalData"/> ready for use, with Hangul.</summary>
internal static class CanonicalTables
{
    public const int HangulFirst = 0xAC00;

    public const int HangulLast = 0xD7A3;

    private const int LeadFirst = 0x1100;

    private const int LeadCount = 19;

    private const int VowelFirst = 0x1161;

    private const int VowelCount = 21;

    private const int TailBase = 0x11A7;

    private const int TailCount = 28;

    private static readonly Dictionary<int, int[]> Parts = [];

    private static readonly Dictionary<(int First, int Second), int> Wholes = [];

    private static readonly Dictionary<int, int> Classes = [];

    private static readonly HashSet<int> Seconds = [];

    private static readonly HashSet<int> Changing = [];

    static CanonicalTables()
    {
        foreach (string[] entry in Entries(CanonicalData.Pairs))
        {
            (int whole, int first, int second) = (Hexadecimal(entry[0]), Hexadecimal(entry[1]), Hexadecimal(entry[2]));
            Parts.Add(whole, [first, second]);
            Wholes.Add((first, second), whole);
            Seconds.Add(second);
        }

        foreach (string[] entry in Entries(CanonicalData.Decompositions))
        {
            Parts.Add(Hexadecimal(entry[0]), [.. entry.Skip(1).Select(Hexadecimal)]);
            Changing.Add(Hexadecimal(entry[0]));
        }

        foreach (string[] entry in Entries(CanonicalData.Classes))
        {
            int dash = entry[0].IndexOf('-', StringComparison.Ordinal);
            int first = Hexadecimal(dash < 0 ? entry[0] : entry[0][..dash]);
            int last = Hexadecimal(entry[0][(dash + 1)..]);
            for (int rune = first; rune <= last; rune++)
            {
                Classes.Add(rune, int.Parse(entry[1], CultureInfo.InvariantCulture));
            }
        }
    }

    /// <summary>Canonical combining class, 0 to 240.</summary>
    public static int ClassOf(int rune) => rune < 0x300 ? 0 : Classes.GetValueOrDefault(rune);

    /// <summary>Whether composition can change this code point or join it to one before it.</summary>
    public static bool MattersToComposition(int rune) =>
        rune >= 0x300
        && (Changing.Contains(rune) || Seconds.Contains(rune) || Classes.ContainsKey(rune)
            || rune is (>= VowelFirst and < VowelFirst + VowelCount) or (> TailBase and < TailBase + TailCount));

    /// <summary>Whether decomposition can change this code point or its place.</summary>
    public static bool MattersToDecomposition(int rune) =>
        rune >= 0xC0 && (Parts.ContainsKey(rune) || Classes.ContainsKey(rune) || rune is >= HangulFirst and <= HangulLast);

    /// <summary>Adds the full decomposition of a code point.</summary>
    public static void Decompose(int rune, List<int> parts)
    {
        if (rune is >= HangulFirst and <= HangulLast)
        {
            int index = rune - HangulFirst;
            parts.Add(LeadFirst + (index / (VowelCount * TailCount)));
            parts.Add(VowelFirst + (index / TailCount % VowelCount));
            if (index % TailCount > 0)
            {
                parts.Add(TailBase + (index % TailCount));
            }
        }
        else if (rune >= 0xC0 && Parts.TryGetValue(rune, out int[]? known))
        {
            foreach (int part in known)
            {
                Decompose(part, parts);
            }
        }
        else
        {
            parts.Add(rune);
        }
    }

    /// <summary>The code point that two compose to; 0 when they do not.</summary>
    public static int Compose(int first, int second)
    {
        if (first is >= LeadFirst and < LeadFirst + LeadCount && second is >= VowelFirst and < VowelFirst + VowelCount)
        {
            return HangulFirst + ((((first - LeadFirst) * VowelCount) + second - VowelFirst) * TailCount);
        }

        if (first is >= HangulFirst and <= HangulLast && (first - HangulFirst) % TailCount == 0
            && second is > TailBase and < TailBase + TailCount)
        {
            return first + second - TailBase;
        }

        return Wholes.GetValueOrDefault((first, second));
    }

    private static IEnumerable<string[]> Entries(string table) =>
        table.Split([';', '\n', '\r'], StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).Select(static e => e.Split(' '));

    private static int Hexadecimal(string text) => int.Parse(text, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);
}
