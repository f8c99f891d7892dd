using System.Text;

namespace ModelPack.Models.Cards;

/// <summary>The YAML between the two "---" lines at the top of a README.md.</summary>
internal static class FrontMatter
{
    /// <summary>Longest front matter that is read, in bytes; real ones have a few thousand.</summary>
    public const int MostBytes = 1 << 20;

    /// <summary>Cuts out the YAML.</summary>
    /// <param name="start">The first bytes of the file: more than <see cref="MostBytes"/> of them when it is longer.</param>
    /// <param name="note">Why there is none although the file starts like one; null otherwise.</param>
    /// <returns>The YAML with line feeds only; null when there is none.</returns>
    /// <remarks>Invalid UTF-8 becomes U+FFFD: a card is words for people, and a bad byte in it is no reason to fail.</remarks>
    public static string? Cut(ReadOnlySpan<byte> start, out string? note)
    {
        note = null;
        ReadOnlySpan<byte> rest = start.StartsWith(Encoding.UTF8.Preamble) ? start[Encoding.UTF8.Preamble.Length..] : start;
        if (!IsFence(TakeLine(ref rest)))
        {
            return null;
        }

        ReadOnlySpan<byte> body = rest;
        while (rest.Length > 0 && body.Length - rest.Length <= MostBytes)
        {
            int length = body.Length - rest.Length;
            if (IsFence(TakeLine(ref rest)))
            {
                return Encoding.UTF8.GetString(body[..length]).ReplaceLineEndings("\n");
            }
        }

        note = body.Length > MostBytes
            ? "README.md: the front matter is longer than 1 MiB and was not read"
            : "README.md: the front matter has no closing --- and was not read";
        return null;
    }

    private static bool IsFence(ReadOnlySpan<byte> line) => line.TrimEnd(" \t\r"u8).SequenceEqual("---"u8);

    private static ReadOnlySpan<byte> TakeLine(ref ReadOnlySpan<byte> rest)
    {
        int end = rest.IndexOf((byte)'\n');
        ReadOnlySpan<byte> line = end < 0 ? rest : rest[..end];
        rest = end < 0 ? [] : rest[(end + 1)..];
        return line;
    }
}
