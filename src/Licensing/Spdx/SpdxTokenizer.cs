namespace ModelPack.Licensing.Spdx;

/// <summary>Cuts a license expression into tokens (SPDX 2.3, annex D; operators in any case, as SPDX 3 allows).</summary>
internal static class SpdxTokenizer
{
    /// <summary>The tokens, ended by one of kind End, or the first fault.</summary>
    public static SpdxFault? Read(string text, List<SpdxToken> tokens)
    {
        int i = 0;
        while (i < text.Length)
        {
            char c = text[i];
            if (c is ' ' or '\t' or '\r' or '\n')
            {
                i++;
                continue;
            }

            if (IsIdCharacter(c))
            {
                int start = i;
                i = IdEnd(text, i);
                string id = text[start..i];
                tokens.Add(new(KindOf(id), id, start + 1));
                continue;
            }

            SpdxTokenKind? kind = c switch
            {
                '(' => SpdxTokenKind.Open,
                ')' => SpdxTokenKind.Close,
                ':' => SpdxTokenKind.Colon,
                '+' => SpdxTokenKind.Plus,
                _ => null,
            };
            if (kind is null)
            {
                return new(i + 1, $"'{(char.IsControl(c) ? $"\\u{(int)c:x4}" : c.ToString())}' has no place in a license expression");
            }

            if (kind is SpdxTokenKind.Plus or SpdxTokenKind.Colon && i > 0 && char.IsWhiteSpace(text[i - 1]))
            {
                return new(i + 1, $"white space before '{c}'");
            }

            tokens.Add(new(kind.Value, c.ToString(), ++i));
        }

        tokens.Add(new(SpdxTokenKind.End, "", text.Length + 1));
        return null;
    }

    private static SpdxTokenKind KindOf(string id) => id.ToUpperInvariant() switch
    {
        "AND" => SpdxTokenKind.And,
        "OR" => SpdxTokenKind.Or,
        "WITH" => SpdxTokenKind.With,
        _ => SpdxTokenKind.Id,
    };

    private static int IdEnd(string text, int start)
    {
        int i = start;
        while (i < text.Length && IsIdCharacter(text[i]))
        {
            i++;

            // "LicenseRef-OpenRAIL++-M": a plus inside a reference's name belongs to it, one at the end does not.
            int plus = i;
            while (plus < text.Length && text[plus] == '+')
            {
                plus++;
            }

            bool inside = plus > i && plus < text.Length && IsIdCharacter(text[plus]);
            i = inside && text.AsSpan(start).StartsWith(SpdxLicense.ReferencePrefix, StringComparison.Ordinal) ? plus : i;
        }

        return i;
    }

    private static bool IsIdCharacter(char c) => char.IsAsciiLetterOrDigit(c) || c is '-' or '.';
}
