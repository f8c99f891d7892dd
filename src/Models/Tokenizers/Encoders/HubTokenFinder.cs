using ModelPack.Models.Tokenizers.Patterns;

namespace ModelPack.Models.Tokenizers.Encoders;

/// <summary>Cuts added tokens out of text: the leftmost first, the longest of those that start alike.</summary>
/// <remarks>Source: AddedVocabulary.find_matches in Hugging Face's tokenizers.</remarks>
internal sealed class HubTokenFinder
{
    private readonly IReadOnlyList<HubToken> _tokens;
    private readonly TokenFinder _finder = new();

    /// <summary>Makes a finder of tokens.</summary>
    /// <param name="tokens">The tokens.</param>
    /// <param name="spell">How each is spelled in the text that is searched.</param>
    public HubTokenFinder(IReadOnlyList<HubToken> tokens, Func<string, string> spell)
    {
        _tokens = tokens;
        for (int i = 0; i < tokens.Count; i++)
        {
            _finder.Add(spell(tokens[i].Text), i);
        }
    }

    /// <summary>Goes through a text.</summary>
    /// <param name="text">The text.</param>
    /// <param name="between">Gets each stretch without tokens, from where to where.</param>
    /// <param name="found">Gets each token.</param>
    public void Cut(string text, Action<int, int> between, Action<int> found)
    {
        int done = 0;
        int at = _finder.IsEmpty ? text.Length : 0;
        while ((at = _finder.NextStart(text, at, text.Length)) < text.Length)
        {
            (int index, int end) = _finder.Longest(text, at, text.Length);
            if (index < 0)
            {
                at++;
                continue;
            }

            (int start, HubToken token) = (at, _tokens[index]);
            at = end;
            if (start < done || (token.WholeWord && TouchesWord(text, start, end)))
            {
                continue;
            }

            while (token.TakesLeft && start > done && char.IsWhiteSpace(text[start - 1]))
            {
                start--;
            }

            while (token.TakesRight && end < text.Length && char.IsWhiteSpace(text[end]))
            {
                end++;
            }

            if (start > done)
            {
                between(done, start);
            }

            found(token.Id);
            (done, at) = (end, Math.Max(at, end));
        }

        if (done < text.Length)
        {
            between(done, text.Length);
        }
    }

    private static bool TouchesWord(string text, int start, int end) =>
        (start > 0 && IsWord(text, start >= 2 && char.IsSurrogatePair(text[start - 2], text[start - 1]) ? start - 2 : start - 1))
        || (end < text.Length && IsWord(text, end));

    private static bool IsWord(string text, int at) =>
        RuneClass.Word.Contains(
            at + 1 < text.Length && char.IsSurrogatePair(text[at], text[at + 1]) ? char.ConvertToUtf32(text[at], text[at + 1]) : text[at]);
}
