using System.IO.Compression;
using System.Text;

namespace ModelPack.Licensing.Identity;

/// <summary>
/// The reference texts of the SPDX list as the build embeds them: Brotli over "MPLI", a version, the distinct word hashes in
/// order of frequency, and per text its ids and the numbers of its words. The list's texts are CC0.
/// </summary>
internal static class SpdxIndexFormat
{
    /// <summary>Name of the embedded resource.</summary>
    public const string ResourceName = "spdx-licenses.index";

    private const int Version = 1;

    // A little more than the list's texts take; a longer index only costs a copy.
    private const int UsualBytes = 4 << 20;

    private static ReadOnlySpan<byte> Magic => "MPLI"u8;

    /// <summary>Writes the texts; the same texts give the same bytes.</summary>
    /// <param name="output">Receives the compressed index.</param>
    /// <param name="texts">Ids that share a text, the main one first, and the text's word hashes.</param>
    public static void Write(Stream output, IReadOnlyList<(IReadOnlyList<string> Ids, IReadOnlyList<uint> Words)> texts)
    {
        uint[] vocabulary =
        [
            .. texts.SelectMany(static text => text.Words)
                .GroupBy(static word => word)
                .OrderByDescending(static group => group.Count())
                .ThenBy(static group => group.Key)
                .Select(static group => group.Key),
        ];
        Dictionary<uint, int> numbers = vocabulary.Index().ToDictionary(static pair => pair.Item, static pair => pair.Index);
        using MemoryStream plain = new();
        using BinaryWriter writer = new(plain, Encoding.UTF8);
        writer.Write(Magic);
        writer.Write7BitEncodedInt(Version);
        writer.Write7BitEncodedInt(vocabulary.Length);
        foreach (uint word in vocabulary)
        {
            writer.Write(word);
        }

        writer.Write7BitEncodedInt(texts.Count);
        foreach ((IReadOnlyList<string> ids, IReadOnlyList<uint> words) in texts)
        {
            writer.Write(string.Join(' ', ids));
            writer.Write7BitEncodedInt(words.Count);
            foreach (uint word in words)
            {
                writer.Write7BitEncodedInt(numbers[word]);
            }
        }

        writer.Flush();
        byte[] packed = new byte[BrotliEncoder.GetMaxCompressedLength((int)plain.Length)];
        if (!BrotliEncoder.TryCompress(plain.GetBuffer().AsSpan(0, (int)plain.Length), packed, out int length, quality: 11, window: 24))
        {
            throw new InvalidOperationException("the index did not fit its own bound");
        }

        output.Write(packed, 0, length);
    }

    /// <summary>Reads what <see cref="Write"/> wrote.</summary>
    /// <exception cref="InvalidDataException">The resource is not such an index.</exception>
    public static List<LicenseReference> Read(Stream input)
    {
        using BrotliStream brotli = new(input, CompressionMode.Decompress);
        using MemoryStream plain = new(UsualBytes);
        brotli.CopyTo(plain);
        plain.Position = 0;
        using BinaryReader reader = new(plain, Encoding.UTF8);
        if (!reader.ReadBytes(Magic.Length).AsSpan().SequenceEqual(Magic) || reader.Read7BitEncodedInt() != Version)
        {
            throw new InvalidDataException($"{ResourceName}: not an index of version {Version}; build src/Licensing again");
        }

        uint[] vocabulary = new uint[reader.Read7BitEncodedInt()];
        for (int i = 0; i < vocabulary.Length; i++)
        {
            vocabulary[i] = reader.ReadUInt32();
        }

        List<LicenseReference> references = new(reader.Read7BitEncodedInt());
        for (int left = references.Capacity; left > 0; left--)
        {
            string[] ids = reader.ReadString().Split(' ');
            uint[] words = new uint[reader.Read7BitEncodedInt()];
            ReadWords(plain, vocabulary, words);
            int[] shingles = new int[Math.Max(0, words.Length - WordHash.ShingleWords + 1)];
            for (int i = 0; i < shingles.Length; i++)
            {
                shingles[i] = WordHash.Shingle(words[i], words[i + 1], words[i + 2]);
            }

            references.Add(new(ids[0], ids[1..], shingles, []));
        }

        return references;
    }

    // A million numbers: read from the buffer, not one call of the reader each.
    private static void ReadWords(MemoryStream plain, uint[] vocabulary, uint[] words)
    {
        ReadOnlySpan<byte> bytes = plain.GetBuffer().AsSpan((int)plain.Position, (int)(plain.Length - plain.Position));
        int at = 0;
        for (int i = 0; i < words.Length; i++)
        {
            int number = bytes[at] & 0x7f;
            for (int shift = 7; bytes[at++] >= 0x80; shift += 7)
            {
                number |= (bytes[at] & 0x7f) << shift;
            }

            words[i] = vocabulary[number];
        }

        plain.Position += at;
    }
}
