using System.Security.Cryptography;
using System.Text;

namespace ModelPack.Quantize.Streaming;

/// <summary>Lines that know whether they are whole.</summary>
internal static class JournalLine
{
    private const int ChecksumLength = 8;

    /// <summary>The line with its checksum and end.</summary>
    public static string Spell(string text) => $"{text}\t{Checksum(text)}\n";

    /// <summary>Reads lines up to the first that is not whole.</summary>
    /// <param name="file">Read from its start; stays open.</param>
    /// <param name="length">Receives the bytes of the lines that are.</param>
    public static IReadOnlyList<string> ReadWhole(Stream file, out long length)
    {
        length = 0;
        List<string> lines = [];
        using StreamReader reader = new(file, Encoding.UTF8, detectEncodingFromByteOrderMarks: false, leaveOpen: true);
        string text = reader.ReadToEnd();
        int start = 0;
        while (text.IndexOf('\n', start) is >= 0 and int end)
        {
            string line = text[start..end];
            int tab = line.LastIndexOf('\t');
            if (tab < 0 || line[(tab + 1)..] != Checksum(line[..tab]))
            {
                break;
            }

            lines.Add(line[..tab]);
            length += Encoding.UTF8.GetByteCount(line) + 1;
            start = end + 1;
        }

        return lines;
    }

    private static string Checksum(string text) =>
        Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)))[..ChecksumLength];
}
