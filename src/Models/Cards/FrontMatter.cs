using System.Text;

namespace ModelPack.Models.Cards;

/// <summary>The YAML between the two "---" lines at the top of a README.md.</summary>
internal static class FrontMatter
{
    /// <summary>Longest front matter that is read, in bytes; real ones have a few thousand.</summary>
    public const int MostBytes = 1 << 20;

    /// <summary>Cuts out the YAML.</summary>
    /// <param name="start">The first bytes of the file, at least <see cref="MostBytes"/> + 16 of them when it is longer.</param>
    /// <param name="note">Why there is none although the file starts like one; null otherwise.</param>
    /// <returns>The YAML with line feeds only, or null.</returns>
    public static string? Cut(ReadOnlySpan<byte> start, out string? note)
    {
        note = null;
        ReadOnlySpan<byte> text = start.StartsWith(Encoding.UTF8.Preamble) ? start[3..] : start;
        if (!TakeLine(ref text, out ReadOnlySpan<byte> line) || !IsFence(line))
        {
            return null;
        }

        ReadOnlySpan<byte> body = text;
        while (TakeLine(ref text, out line))
        {
            int length = body.Length - text.Length - line.Length - 1;
            if (IsFence(line))
            {
                return length > MostBytes ? TooLong(out note) : Decode(body[..Math.Max(0, body.Length - text.Length)], line.Length);
            }
        }

        return start.Length > MostBytes ? TooLong(out note) : Unclosed(out note);
    }

    private static string Decode(ReadOnlySpan<byte> bodyAndFence, int fence)
    {
        // Invalid bytes become U+FFFD: a card is words for people, and a bad byte in it is no reason to fail.
        string text = Encoding.UTF8.GetString(bodyAndFence).ReplaceLineEndings("\n");
        string[] lines = text.Split('\n');
        int last = fence == 0 ? lines.Length : Array.FindLastIndex(lines, static l => l.TrimEnd() == "---");
        return string.Join('\n', lines.Take(last)) + "\n";
    }

    private static string? TooLong(out string? note)
    {
        note = "README.md: the front matter is longer than 1 MiB and was not read";
        return null;
    }

    private static string? Unclosed(out string? note)
    {
        note = "README.md: the front matter has no closing --- and was not read";
        return null;
    }

    private static bool IsFence(ReadOnlySpan<byte> line) => line.TrimEnd(" \t\r"u8).SequenceEqual("---"u8);

    private static bool TakeLine(ref ReadOnlySpan<byte> text, out ReadOnlySpan<byte> line)
    {
        int end = text.IndexOf((byte)'\n');
        line = end < 0 ? text : text[..end];
        bool any = text.Length > 0;
        text = end < 0 ? [] : text[(end + 1)..];
        return any;
    }
}
