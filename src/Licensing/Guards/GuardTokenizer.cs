namespace ModelPack.Licensing.Guards;

/// <summary>Cuts a guard's text into words, numbers, quoted texts and signs.</summary>
internal static class GuardTokenizer
{
    private static readonly string[] Signs = [">=", "<=", ">", "<", "(", ")", "[", "]", ","];

    /// <exception cref="GuardSyntaxException">A character starts no token, or a quote is not closed.</exception>
    public static IReadOnlyList<GuardToken> Cut(string text)
    {
        List<GuardToken> tokens = [];
        for (int at = 0; at < text.Length;)
        {
            if (char.IsWhiteSpace(text[at]))
            {
                at++;
                continue;
            }

            GuardToken token = Next(text, at);
            tokens.Add(token);
            at += token.Text.Length + (token.Kind == GuardTokenKind.Quoted ? 2 : 0);
        }

        tokens.Add(new(GuardTokenKind.End, "", text.Length));
        return tokens;
    }

    private static GuardToken Next(string text, int at)
    {
        char first = text[at];
        if (first == '"')
        {
            int close = text.IndexOf('"', at + 1);
            return close > 0
                ? new(GuardTokenKind.Quoted, text[(at + 1)..close], at)
                : throw new GuardSyntaxException("the quote is not closed", at);
        }

        if (char.IsAsciiDigit(first))
        {
            return new(GuardTokenKind.Number, Run(text, at, static c => char.IsAsciiDigit(c) || c == '_'), at);
        }

        if (char.IsAsciiLetter(first))
        {
            return new(GuardTokenKind.Word, Run(text, at, static c => char.IsAsciiLetterOrDigit(c) || c is '_' or '-'), at);
        }

        string sign = Signs.FirstOrDefault(s => text.AsSpan(at).StartsWith(s, StringComparison.Ordinal))
            ?? throw new GuardSyntaxException($"'{first}' starts no word, number, text or sign", at);
        return new(GuardTokenKind.Sign, sign, at);
    }

    private static string Run(string text, int at, Func<char, bool> belongs) =>
        string.Concat(text.Skip(at).TakeWhile(belongs));
}
