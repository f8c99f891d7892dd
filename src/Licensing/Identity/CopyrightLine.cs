namespace ModelPack.Licensing.Identity;

/// <summary>Finds lines that name a copyright holder; SPDX's matching guidelines leave them out.</summary>
internal static class CopyrightLine
{
    /// <summary>A longer line holds more than a notice: a whole license written as one line begins like this.</summary>
    private const int MaxLength = 160;

    /// <summary>Whether the line, without its end, is a copyright notice and nothing that obliges or names a license.</summary>
    public static bool Is(ReadOnlySpan<char> line)
    {
        if (line.Length > MaxLength)
        {
            return false;
        }

        ReadOnlySpan<char> text = line.TrimStart(" \t#*/;%!|\">-_`.<");
        return (IsNotice(text) || IsReservation(text))
            && !NormativeWords.AnyIn(text)
            && !text.Contains("licen", StringComparison.OrdinalIgnoreCase);
    }

    private static bool IsNotice(ReadOnlySpan<char> text)
    {
        if (text.StartsWith("(c)", StringComparison.OrdinalIgnoreCase) || text is ['©', ..])
        {
            // "(c)" also numbers a clause; a notice goes on with a year, a placeholder or the word.
            ReadOnlySpan<char> after = text[(text[0] == '(' ? 3 : 1)..].TrimStart(" \t,:");
            return after.Length > 0 && (char.IsAsciiDigit(after[0]) || after[0] is '<' or '[' or '{'
                || after.StartsWith("copyright", StringComparison.OrdinalIgnoreCase));
        }

        if (text.StartsWith("portions ", StringComparison.OrdinalIgnoreCase))
        {
            text = text["portions ".Length..].TrimStart();
        }

        if (!text.StartsWith("copyright", StringComparison.OrdinalIgnoreCase))
        {
            return false;
        }

        ReadOnlySpan<char> rest = text["copyright".Length..];
        if (rest.Length == 0 || char.IsLetter(rest[0]))
        {
            return false;
        }

        rest = rest.TrimStart(" \t:,*_");
        bool marked = rest is ['©' or '<' or '[' or '{' or '&' or (>= '0' and <= '9'), ..]
            || rest.StartsWith("(c)", StringComparison.OrdinalIgnoreCase);
        return marked || HasYear(rest);
    }

    private static bool HasYear(ReadOnlySpan<char> text)
    {
        for (int i = 0; i + 4 <= text.Length; i++)
        {
            if (text[i..] is ['1', '9', >= '0' and <= '9', >= '0' and <= '9', ..] or ['2', '0', >= '0' and <= '9', >= '0' and <= '9', ..])
            {
                return true;
            }
        }

        return false;
    }

    private static bool IsReservation(ReadOnlySpan<char> text) =>
        text.StartsWith("all rights reserved", StringComparison.OrdinalIgnoreCase) && text.Length < 40;
}
