using System.Globalization;

namespace ModelPack.Models.Tokenizers.Patterns;

/// <summary>Sets of UTF-16 units, one bit each, as rows of words: code points of the basic plane and lone surrogates.</summary>
/// <remarks>A pattern has dozens of sets; asked one code point after another they cost more than reading the vocabulary.</remarks>
internal static class BasicPlane
{
    /// <summary>Words in a row.</summary>
    public const int Words = (char.MaxValue + 1) / 64;

    private const int CategoryCount = (int)UnicodeCategory.OtherNotAssigned + 1;

    private static readonly Lazy<ulong[][]> Categories = new(ReadCategories);

    private static readonly Lazy<ulong[]> Spaces = new(ReadSpaces);

    /// <summary>Adds the units of some general categories, one bit each.</summary>
    public static void AddCategories(int categories, Span<ulong> row)
    {
        for (int category = 0; category < CategoryCount; category++)
        {
            if ((categories >> category & 1) != 0)
            {
                Add(Categories.Value[category], row);
            }
        }
    }

    /// <summary>Adds white space.</summary>
    public static void AddSpaces(Span<ulong> row) => Add(Spaces.Value, row);

    /// <summary>Adds the units from one to another, both included; what is beyond the plane is left out.</summary>
    public static void AddRange(int first, int last, Span<ulong> row)
    {
        last = Math.Min(last, char.MaxValue);
        if (first > last)
        {
            return;
        }

        (int low, int high) = (first >> 6, last >> 6);
        ulong fromFirst = ulong.MaxValue << (first & 63);
        ulong toLast = ulong.MaxValue >> (63 - (last & 63));
        if (low == high)
        {
            row[low] |= fromFirst & toLast;
            return;
        }

        row[low] |= fromFirst;
        row[(low + 1)..high].Fill(ulong.MaxValue);
        row[high] |= toLast;
    }

    /// <summary>Adds what another row has.</summary>
    public static void Add(ReadOnlySpan<ulong> other, Span<ulong> row)
    {
        for (int i = 0; i < Words; i++)
        {
            row[i] |= other[i];
        }
    }

    private static ulong[][] ReadCategories()
    {
        ulong[][] rows = [.. Enumerable.Range(0, CategoryCount).Select(static _ => new ulong[Words])];
        for (int c = 0; c <= char.MaxValue; c++)
        {
            rows[(int)CharUnicodeInfo.GetUnicodeCategory(c)][c >> 6] |= 1UL << c;
        }

        return rows;
    }

    private static ulong[] ReadSpaces()
    {
        ulong[] row = new ulong[Words];
        for (int c = 0; c <= char.MaxValue; c++)
        {
            row[c >> 6] |= char.IsWhiteSpace((char)c) ? 1UL << c : 0;
        }

        return row;
    }
}
