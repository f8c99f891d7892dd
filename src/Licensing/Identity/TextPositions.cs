namespace ModelPack.Licensing.Identity;

/// <summary>A text's three-word runs looked up in an index. Position i is the run of words i, i+1, i+2.</summary>
internal sealed class TextPositions
{
    public TextPositions(IReadOnlyList<LicenseWord> words, LicenseIndex index)
    {
        Words = words;
        Shingles = Array.ConvertAll(WordHash.Shingles(words), index.Find);
        Distinct = [.. Shingles.Where(static number => number >= 0).Distinct().Order()];
        Order = Array.ConvertAll(Shingles, number => number < 0 ? -1 : Array.BinarySearch(Distinct, number));
        Taken = new bool[Shingles.Length];
    }

    public IReadOnlyList<LicenseWord> Words { get; }

    /// <summary>Number in the index of the run at each position, −1 when no reference has it.</summary>
    public int[] Shingles { get; }

    /// <summary>The different numbers, ascending.</summary>
    public int[] Distinct { get; }

    /// <summary>Place in <see cref="Distinct"/> of the run at each position, or −1.</summary>
    public int[] Order { get; }

    /// <summary>Positions that an accepted license explains already.</summary>
    public bool[] Taken { get; }
}
