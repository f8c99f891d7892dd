using System.Globalization;

namespace ModelPack.Quantize.Streaming;

/// <summary>Slices from the first to the last, both included; written "3-7", or "3" for one.</summary>
internal readonly record struct SliceRange(int First, int Last)
{
    /// <summary>Joins neighbors.</summary>
    /// <param name="slices">Numbers in any order, none twice.</param>
    public static IReadOnlyList<SliceRange> Of(IEnumerable<int> slices)
    {
        List<SliceRange> ranges = [];
        foreach (int slice in slices.Order())
        {
            if (ranges.Count > 0 && ranges[^1].Last == slice - 1)
            {
                ranges[^1] = ranges[^1] with { Last = slice };
            }
            else
            {
                ranges.Add(new(slice, slice));
            }
        }

        return ranges;
    }

    /// <summary>Reads ranges that a space divides; what is none is left out.</summary>
    public static IEnumerable<SliceRange> ParseAll(string text)
    {
        foreach (string word in text.Split(' '))
        {
            string[] ends = word.Split('-');
            if (ends.Length <= 2
                && int.TryParse(ends[0], NumberStyles.None, CultureInfo.InvariantCulture, out int first)
                && int.TryParse(ends[^1], NumberStyles.None, CultureInfo.InvariantCulture, out int last)
                && first <= last)
            {
                yield return new(first, last);
            }
        }
    }

    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture, $"{First}{(First == Last ? "" : "-")}{(First == Last ? "" : Last)}");
}
