namespace ModelPack.Licensing.Identity;

/// <summary>The hashes of words and of runs of three words. They are stored in fingerprints: changing them invalidates every one.</summary>
internal static class WordHash
{
    /// <summary>Words in a shingle.</summary>
    public const int ShingleWords = 3;

    /// <summary>Bits of a shingle's hash.</summary>
    public const int ShingleBits = 24;

    /// <summary>FNV-1a over UTF-16 units, then mixed so that all bits depend on all letters.</summary>
    public static uint Of(ReadOnlySpan<char> word)
    {
        uint hash = 2166136261;
        foreach (char c in word)
        {
            hash = (hash ^ c) * 16777619;
        }

        return Mix(hash);
    }

    /// <summary>Hash of three words in order, 0…2^24−1.</summary>
    public static int Shingle(uint first, uint second, uint third) =>
        (int)(Mix((Mix((Mix(first) * 31) + second) * 31) + third) >> (32 - ShingleBits));

    /// <summary>The shingles of a text in order: one for each run of three words, none for a text of two.</summary>
    public static int[] Shingles(IReadOnlyList<LicenseWord> words)
    {
        int[] shingles = new int[Math.Max(0, words.Count - ShingleWords + 1)];
        for (int i = 0; i < shingles.Length; i++)
        {
            shingles[i] = Shingle(words[i].Hash, words[i + 1].Hash, words[i + 2].Hash);
        }

        return shingles;
    }

    private static uint Mix(uint value)
    {
        value = (value ^ (value >> 16)) * 0x85EBCA6B;
        value = (value ^ (value >> 13)) * 0xC2B2AE35;
        return value ^ (value >> 16);
    }
}
