namespace ModelPack.Licensing.Compatibility;

/// <summary>An SPDX expression as choices: the user takes one, and all licenses of that one bind.</summary>
internal static class LicenseChoices
{
    /// <summary>More choices than this are not compared.</summary>
    public const int Limit = 64;

    private const int MaxDepth = 32;
    private const int MaxLength = 4096;

    /// <returns>The choices in the order of the text, or null when there are more than <see cref="Limit"/>.</returns>
    /// <exception cref="LicensingException">The text is no license expression.</exception>
    public static IReadOnlyList<IReadOnlyList<string>>? Of(string expression)
    {
        if (expression.Length > MaxLength)
        {
            throw new LicensingException($"the license expression has {expression.Length} characters; at most {MaxLength} are read");
        }

        Queue<string> tokens = new(expression
            .Replace("(", " ( ", StringComparison.Ordinal)
            .Replace(")", " ) ", StringComparison.Ordinal)
            .Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));
        List<List<string>> choices = Or(expression, tokens, 0);
        return tokens.Count > 0 ? throw Fault(expression) : choices.Count > Limit ? null : choices;
    }

    private static List<List<string>> Or(string expression, Queue<string> tokens, int depth)
    {
        List<List<string>> choices = And(expression, tokens, depth);
        while (Take(tokens, "OR"))
        {
            choices = [.. choices, .. And(expression, tokens, depth)];
        }

        return choices;
    }

    private static List<List<string>> And(string expression, Queue<string> tokens, int depth)
    {
        List<List<string>> choices = One(expression, tokens, depth);
        while (Take(tokens, "AND"))
        {
            List<List<string>> others = One(expression, tokens, depth);
            choices = [.. choices.SelectMany(_ => others, static (one, other) => (List<string>)[.. one, .. other]).Take(Limit + 1)];
        }

        return choices;
    }

    private static List<List<string>> One(string expression, Queue<string> tokens, int depth)
    {
        if (depth > MaxDepth)
        {
            throw new LicensingException($"the license expression is nested deeper than {MaxDepth}");
        }

        if (Take(tokens, "("))
        {
            List<List<string>> inner = Or(expression, tokens, depth + 1);
            return Take(tokens, ")") ? inner : throw Fault(expression);
        }

        if (!tokens.TryDequeue(out string? id) || id is ")" or "OR" or "AND" or "WITH")
        {
            throw Fault(expression);
        }

        // An exception only adds permissions: without its text the license alone is the careful reading.
        if (Take(tokens, "WITH") && !tokens.TryDequeue(out _))
        {
            throw Fault(expression);
        }

        return [[id]];
    }

    private static bool Take(Queue<string> tokens, string token)
    {
        bool found = tokens.TryPeek(out string? next) && next == token;
        if (found)
        {
            tokens.Dequeue();
        }

        return found;
    }

    private static LicensingException Fault(string expression) =>
        new($"\"{expression}\" is no license expression; expected ids joined by AND, OR and WITH");
}
