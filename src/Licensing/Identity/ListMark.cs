namespace ModelPack.Licensing.Identity;

/// <summary>Finds the numbers and letters of lists, which SPDX's matching guidelines leave out: "(a)", "(iv)", "2.", "3)".</summary>
internal static class ListMark
{
    private const int MaxLength = 4;

    private static readonly System.Buffers.SearchValues<char> Roman = System.Buffers.SearchValues.Create("ivxIVX");

    /// <summary>Position after the mark that starts here, or 0.</summary>
    /// <param name="text">The text.</param>
    /// <param name="start">Position of a letter or digit.</param>
    /// <param name="line">Where its line starts.</param>
    /// <param name="end">Where its line ends.</param>
    public static int End(string text, int start, int line, int end)
    {
        int i = start;
        while (i < end && i - start <= MaxLength && char.IsAsciiLetterOrDigit(text[i]))
        {
            i++;
        }

        if (!IsNumber(text.AsSpan(start, i - start)) || i >= end)
        {
            return 0;
        }

        char before = start > line ? text[start - 1] : '\n';
        if (before == '(')
        {
            bool word = start - 1 > line && char.IsLetterOrDigit(text[start - 2]);
            return text[i] == ')' && !word ? i + 1 : 0;
        }

        int close = text[i] == '\\' && i + 1 < end ? i + 1 : i;
        bool closed = text[close] is '.' or ')' && (close + 1 >= end || char.IsWhiteSpace(text[close + 1]) || text[close + 1] == '*');
        return closed && StartsItem(text, start, line) ? close + 1 : 0;
    }

    /// <summary>Whether nothing but comment leaders, or the end of a sentence, stands before it.</summary>
    private static bool StartsItem(string text, int start, int line)
    {
        ReadOnlySpan<char> before = text.AsSpan(line, start - line).TrimEnd(" \t*_#");
        return before.Length == 0 || before[^1] is '.' or ';' or ':' || before.TrimStart(" \t#*/;%!|\">-").Length == 0;
    }

    private static bool IsNumber(ReadOnlySpan<char> mark) =>
        (mark.Length is 1 or 2 && (char.IsAsciiDigit(mark[0]) ? char.IsAsciiDigit(mark[^1]) : mark.Length == 1))
        || (mark.Length is > 1 and <= MaxLength && !mark.ContainsAnyExcept(Roman));
}
