using System.Reflection;

namespace ModelPack.Licensing.Identity;

/// <summary>All references, and for each shingle the references that hold it. Immutable; about 10 MB.</summary>
internal sealed class LicenseIndex
{
    private const int HalfBits = WordHash.ShingleBits / 2;

    private readonly int[] _keys;
    private readonly int[] _starts;
    private readonly ushort[] _holders;
    private readonly int[] _buckets;
    private readonly int[]?[] _sequences;
    private readonly int[] _distinct;

    /// <summary>Builds the index.</summary>
    /// <param name="references">At most 65 535.</param>
    public LicenseIndex(IReadOnlyList<LicenseReference> references)
    {
        References = references;
        (int[] keys, ushort[] holders) = Sort(references);
        _distinct = new int[references.Count];
        int[] starts = new int[keys.Length + 1];
        int numbers = 0;
        ushort[] kept = new ushort[keys.Length];
        int count = 0;
        for (int i = 0; i < keys.Length; i++)
        {
            bool first = numbers == 0 || keys[i] != keys[numbers - 1];
            if (first)
            {
                keys[numbers] = keys[i];
                starts[numbers++] = count;
            }

            if (first || holders[i] != holders[i - 1])
            {
                kept[count++] = holders[i];
                _distinct[holders[i]]++;
            }
        }

        starts[numbers] = count;
        _keys = keys[..numbers];
        _starts = starts[..(numbers + 1)];
        _holders = kept[..count];
        _buckets = Buckets(_keys);
        _sequences = new int[references.Count][];
    }

    /// <summary>The references that this program carries.</summary>
    public static LicenseIndex Embedded { get; } = new(ReadEmbedded());

    public IReadOnlyList<LicenseReference> References { get; }

    /// <summary>Number of a shingle in this index, or −1 when no reference has it.</summary>
    public int Find(int shingle)
    {
        int end = _buckets[(shingle >> 8) + 1];
        for (int i = _buckets[shingle >> 8]; i < end; i++)
        {
            if (_keys[i] == shingle)
            {
                return i;
            }
        }

        return -1;
    }

    /// <summary>References that hold the shingle of this number, ascending.</summary>
    public ReadOnlySpan<ushort> Holders(int number) => _holders.AsSpan(_starts[number].._starts[number + 1]);

    /// <summary>A reference's shingles as numbers, in the text's order.</summary>
    /// <remarks>Made when a text is first compared with the reference: one run meets few. Two threads at once make the same.</remarks>
    public ReadOnlySpan<int> Sequence(int reference) =>
        Volatile.Read(ref _sequences[reference]) ?? (_sequences[reference] = Array.ConvertAll(References[reference].Shingles, Find));

    /// <summary>How many different shingles a reference has.</summary>
    public int DistinctCount(int reference) => _distinct[reference];

    private static List<LicenseReference> ReadEmbedded()
    {
        Assembly assembly = typeof(LicenseIndex).Assembly;
        using Stream spdx = assembly.GetManifestResourceStream(SpdxIndexFormat.ResourceName)
            ?? throw new InvalidOperationException($"the resource {SpdxIndexFormat.ResourceName} is missing: build src/Licensing again");
        List<LicenseReference> references = SpdxIndexFormat.Read(spdx);
        foreach (string name in assembly.GetManifestResourceNames().Order(StringComparer.Ordinal))
        {
            if (name.EndsWith(FingerprintFile.Extension, StringComparison.Ordinal))
            {
                using StreamReader reader = new(assembly.GetManifestResourceStream(name)!);
                references.Add(FingerprintFile.Read(name, reader.ReadToEnd()));
            }
        }

        return references;
    }

    /// <summary>All pairs of shingle and holder by shingle, then holder: two passes of a radix sort.</summary>
    private static (int[] Keys, ushort[] Holders) Sort(IReadOnlyList<LicenseReference> references)
    {
        int total = references.Sum(static reference => reference.Shingles.Length);
        int[] keys = new int[total];
        ushort[] holders = new ushort[total];
        int at = 0;
        for (int i = 0; i < references.Count; i++)
        {
            references[i].Shingles.CopyTo(keys, at);
            holders.AsSpan(at, references[i].Shingles.Length).Fill(checked((ushort)i));
            at += references[i].Shingles.Length;
        }

        for (int shift = 0; shift < WordHash.ShingleBits; shift += HalfBits)
        {
            int[] next = new int[(1 << HalfBits) + 1];
            foreach (int key in keys)
            {
                next[((key >> shift) & ((1 << HalfBits) - 1)) + 1]++;
            }

            for (int i = 1; i < next.Length; i++)
            {
                next[i] += next[i - 1];
            }

            int[] sortedKeys = new int[total];
            ushort[] sortedHolders = new ushort[total];
            for (int i = 0; i < total; i++)
            {
                int place = next[(keys[i] >> shift) & ((1 << HalfBits) - 1)]++;
                sortedKeys[place] = keys[i];
                sortedHolders[place] = holders[i];
            }

            (keys, holders) = (sortedKeys, sortedHolders);
        }

        return (keys, holders);
    }

    private static int[] Buckets(int[] keys)
    {
        int[] buckets = new int[(1 << (WordHash.ShingleBits - 8)) + 1];
        foreach (int key in keys)
        {
            buckets[(key >> 8) + 1]++;
        }

        for (int i = 1; i < buckets.Length; i++)
        {
            buckets[i] += buckets[i - 1];
        }

        return buckets;
    }
}
