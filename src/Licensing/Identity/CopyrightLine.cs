namespace ModelPack.Licensing.Identity;

/// <summary>Finds lines that name a copyright holder; SPDX's matching guidelines leave them out.</summary>
internal static class CopyrightLine
{
    /// <summary>A longer line holds more than a notice: a whole license written as one line begins like this.</summary>
    private const int MaxLength = 160;

    /// <summary>Words after "copyright" that make it a term of the license and not a notice.</summary>
    private static readonly HashSet<string> Terms =
    [
        "notice", "notices", "holder", "holders", "owner", "owners", "license", "licence", "licenses", "law", "laws", "act", "and", "or", "in",
        "to", "the", "statement", "statements", "interest", "interests", "rights", "right", "treaty", "on", "of", "is", "are", "protection",
        "doctrine", "infringement", "permission", "information", "works", "work", "status", "for", "with", "as", "any", "this",
    ];

    private static readonly HashSet<string>.AlternateLookup<ReadOnlySpan<char>> TermLookup = Terms.GetAlternateLookup<ReadOnlySpan<char>>();

    /// <summary>Whether the line, without its end, is a copyright notice and nothing that obliges.</summary>
    public static bool Is(ReadOnlySpan<char> line)
    {
        if (line.Length > MaxLength)
        {
            return false;
        }

        ReadOnlySpan<char> text = line.TrimStart(" \t#*/;%!|\">-_`.<");
        return (IsNotice(text) || IsReservation(text)) && !NormativeWords.AnyIn(text);
    }

    private static bool IsNotice(ReadOnlySpan<char> text)
    {
        if (text.StartsWith("(c)", StringComparison.OrdinalIgnoreCase) || text is ['©', ..])
        {
            return text.Length > 3;
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

        rest = rest.TrimStart(" :,*_");
        int length = 0;
        while (length < rest.Length && char.IsLetter(rest[length]))
        {
            length++;
        }

        if (length is 0 or > 20)
        {
            return rest.Length > 0;
        }

        Span<char> word = stackalloc char[20];
        return !TermLookup.Contains(word[..rest[..length].ToLowerInvariant(word)]);
    }

    private static bool IsReservation(ReadOnlySpan<char> text) =>
        text.StartsWith("all rights reserved", StringComparison.OrdinalIgnoreCase) && text.Length < 40;
}
