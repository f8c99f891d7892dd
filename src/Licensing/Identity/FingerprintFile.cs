using System.Text;

namespace ModelPack.Licensing.Identity;

/// <summary>
/// The fingerprint of a license that is not on SPDX's list, as a small text file: lines "id:", "phrase:" (six words at most, as
/// often as needed) and "shingles:", then base64 of the 24-bit shingle hashes, little-endian, in the text's order. The license's
/// own text is not in it.
/// </summary>
internal static class FingerprintFile
{
    /// <summary>Ending of the files in Data/licenses.</summary>
    public const string Extension = ".fingerprint";

    private const int BytesPerShingle = WordHash.ShingleBits / 8;

    private const int LineLength = 120;

    private const int MaxPhraseWords = 6;

    /// <summary>Reads one file.</summary>
    /// <param name="name">The file's name, for errors.</param>
    /// <param name="text">Its content.</param>
    /// <exception cref="InvalidDataException">A line is not understood; the message names file and line.</exception>
    public static LicenseReference Read(string name, string text)
    {
        string? id = null;
        List<IReadOnlyList<uint>> phrases = [];
        string[] lines = text.Split('\n', StringSplitOptions.TrimEntries);
        for (int i = 0; i < lines.Length; i++)
        {
            string[] parts = lines[i].Split(':', 2, StringSplitOptions.TrimEntries);
            switch (parts[0])
            {
                case "" when parts.Length == 1:
                case { } when lines[i].StartsWith('#'):
                    continue;
                case "id":
                    id = parts[1];
                    continue;
                case "phrase":
                    phrases.Add(ReadPhrase(name, i, parts[1]));
                    continue;
                case "shingles" when id is not null:
                    return new(id, [], ReadShingles(name, string.Concat(lines[(i + 1)..])), phrases);
                default:
                    throw new InvalidDataException($"{name}: line {i + 1}: expected id:, phrase: or shingles:");
            }
        }

        throw new InvalidDataException($"{name}: no shingles: line after id:");
    }

    /// <summary>The file for a text.</summary>
    /// <param name="id">The license's id.</param>
    /// <param name="phrases">Version-bearing phrases in plain words.</param>
    /// <param name="text">The license text.</param>
    public static string Write(string id, IEnumerable<string> phrases, string text)
    {
        int[] shingles = WordHash.Shingles(TextNormalizer.Normalize(text));
        byte[] bytes = new byte[shingles.Length * BytesPerShingle];
        for (int i = 0; i < shingles.Length; i++)
        {
            for (int b = 0; b < BytesPerShingle; b++)
            {
                bytes[(i * BytesPerShingle) + b] = (byte)(shingles[i] >> (8 * b));
            }
        }

        StringBuilder file = new();
        file.Append("id: ").Append(id).Append('\n');
        foreach (string phrase in phrases)
        {
            file.Append("phrase: ").Append(phrase).Append('\n');
        }

        file.Append("shingles:\n");
        foreach (char[] line in Convert.ToBase64String(bytes).Chunk(LineLength))
        {
            file.Append(line).Append('\n');
        }

        return file.ToString();
    }

    private static uint[] ReadPhrase(string name, int line, string phrase)
    {
        List<LicenseWord> words = TextNormalizer.Normalize(phrase);
        return words.Count is > 0 and <= MaxPhraseWords
            ? [.. words.Select(static word => word.Hash)]
            : throw new InvalidDataException($"{name}: line {line + 1}: a phrase of {words.Count} words; expected 1 to {MaxPhraseWords}");
    }

    private static int[] ReadShingles(string name, string base64)
    {
        byte[] bytes = new byte[base64.Length];
        if (!Convert.TryFromBase64String(base64, bytes, out int length) || length % BytesPerShingle != 0)
        {
            throw new InvalidDataException($"{name}: shingles: expected base64 of {BytesPerShingle} bytes each");
        }

        int[] shingles = new int[length / BytesPerShingle];
        for (int i = 0; i < shingles.Length; i++)
        {
            for (int b = 0; b < BytesPerShingle; b++)
            {
                shingles[i] |= bytes[(i * BytesPerShingle) + b] << (8 * b);
            }
        }

        return shingles;
    }
}
