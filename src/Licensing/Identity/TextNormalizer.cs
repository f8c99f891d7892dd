namespace ModelPack.Licensing.Identity;

/// <summary>
/// Reduces a text to the words that count by SPDX's matching guidelines (https://spdx.github.io/spdx-spec/v2.3/license-matching-guidelines-and-templates/):
/// case, white space, punctuation, quotes, dashes, comment leaders, Markdown and HTML marks, copyright lines and equivalent
/// spellings make no difference. A number keeps its point ("3.1", "k2.5"): versions are told apart by it.
/// </summary>
internal static class TextNormalizer
{
    /// <summary>Words that are looked at; what follows is ignored.</summary>
    public const int MaxWords = 200_000;

    /// <summary>Longest tag that is skipped; placeholders such as "&lt;copyright holders&gt;" count as tags.</summary>
    private const int MaxTag = 48;

    private const int MaxWordLength = 64;

    /// <summary>The words of a text in order.</summary>
    public static List<LicenseWord> Normalize(string text)
    {
        List<LicenseWord> words = new(Math.Min(text.Length / 6, MaxWords) + 4);
        int line = 0;
        while (line < text.Length && words.Count < MaxWords)
        {
            int length = text.AsSpan(line).IndexOfAny('\n', '\r');
            int end = length < 0 ? text.Length : line + length;
            if (!CopyrightLine.Is(text.AsSpan(line, end - line)))
            {
                end = ReadLine(text, line, end, words);
            }

            line = end + 1;
        }

        return words;
    }

    /// <summary>Adds the words of one line; returns where it ended, which is later than asked when a tag ran over the line's end.</summary>
    private static int ReadLine(string text, int start, int end, List<LicenseWord> words)
    {
        int i = start;
        while (i < end && words.Count < MaxWords)
        {
            char c = text[i];
            if (c == '<' && TagEnd(text, i) is int tag and > 0)
            {
                i = tag;
                end = Math.Max(end, Math.Min(i, text.Length));
            }
            else if (c == '&' && EntityEnd(text, i, end) is int entity and > 0)
            {
                i = entity;
            }
            else if (!char.IsLetterOrDigit(c))
            {
                i++;
            }
            else if (ListMark.End(text, i, start, end) is int mark and > 0)
            {
                i = mark;
            }
            else
            {
                i = ReadWord(text, i, end, words);
            }
        }

        return end;
    }

    private static int ReadWord(string text, int start, int end, List<LicenseWord> words)
    {
        Span<char> word = stackalloc char[MaxWordLength];
        int length = 0;
        int i = start;
        for (; i < end; i++)
        {
            char c = text[i];
            bool point = c == '.' && i > start && char.IsAsciiDigit(text[i - 1]) && i + 1 < end && char.IsAsciiDigit(text[i + 1]);
            if (!point && !char.IsLetterOrDigit(c) && c != '\u00AD')
            {
                break;
            }

            // Letters of scripts without spaces: a word each, so that a sentence does not become one word.
            if (c >= '\u2E80' && i > start)
            {
                break;
            }

            if (c != '\u00AD' && length < MaxWordLength)
            {
                word[length++] = char.IsAscii(c) ? (char)(c is >= 'A' and <= 'Z' ? c | 0x20 : c) : char.ToLowerInvariant(c);
            }

            if (c >= '\u2E80')
            {
                i++;
                break;
            }
        }

        Add(word[..length], start, i, words);
        return i;
    }

    private static void Add(ReadOnlySpan<char> word, int start, int end, List<LicenseWord> words)
    {
        if (EquivalentWords.Find(word) is string[] others)
        {
            foreach (string other in others)
            {
                words.Add(new(WordHash.Of(other), start, end));
            }

            return;
        }

        uint hash = WordHash.Of(word);
        if (hash == Reserved && words.Count >= 2 && words[^1].Hash == Rights && words[^2].Hash == All)
        {
            words.RemoveRange(words.Count - 2, 2);
            return;
        }

        bool owner = (hash == Owner || hash == Owners) && words.Count > 0 && words[^1].Hash == Copyright;
        words.Add(new(owner ? (hash == Owner ? Holder : Holders) : hash, start, end));
    }

    /// <summary>Position after a tag or placeholder that starts here, or 0.</summary>
    private static int TagEnd(string text, int start)
    {
        ReadOnlySpan<char> rest = text.AsSpan(start + 1, Math.Min(MaxTag, text.Length - start - 1));
        int close = rest.IndexOfAny('>', '<');
        return close > 0 && rest[close] == '>' && (char.IsAsciiLetter(rest[0]) || rest[0] is '/' or '!') ? start + close + 2 : 0;
    }

    /// <summary>Position after an entity such as "&amp;quot;" that starts here, or 0.</summary>
    private static int EntityEnd(string text, int start, int end)
    {
        int i = start + 1;
        while (i < end && i - start < 9 && (char.IsAsciiLetterOrDigit(text[i]) || text[i] == '#'))
        {
            i++;
        }

        return i > start + 1 && i < end && text[i] == ';' ? i + 1 : 0;
    }

    private static readonly uint All = WordHash.Of("all");
    private static readonly uint Rights = WordHash.Of("rights");
    private static readonly uint Reserved = WordHash.Of("reserved");
    private static readonly uint Copyright = WordHash.Of("copyright");
    private static readonly uint Owner = WordHash.Of("owner");
    private static readonly uint Owners = WordHash.Of("owners");
    private static readonly uint Holder = WordHash.Of("holder");
    private static readonly uint Holders = WordHash.Of("holders");
}
