using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace ModelPack.Quantize.Rules;

/// <summary>A glob over dotted names: <c>layers.{0..3}.experts.*.down</c>.</summary>
/// <remarks>
/// <c>*</c> stands for any text without a dot, <c>**</c> for any number of whole segments, <c>{0,5}</c> and <c>{0..3}</c>
/// for one of several texts or numbers. A pattern also matches every name that continues it at a dot, so <c>layers.0</c>
/// stands for all of layer 0.
/// </remarks>
public sealed class RulePattern
{
    private const int MostAlternatives = 4096;

    private readonly Regex _regex;

    private RulePattern(string text, Regex regex) => (Text, _regex) = (text, regex);

    /// <summary>The pattern as typed.</summary>
    public string Text { get; }

    /// <summary>Whether the pattern matches a dotted name, or the beginning of it up to a dot.</summary>
    public bool Matches(string name) => _regex.IsMatch(name);

    /// <summary>Reads a pattern.</summary>
    /// <exception cref="RuleSyntaxException">An empty segment, an open brace, a character that no name has.</exception>
    public static RulePattern Parse(string text) => Parse(text, text);

    /// <param name="text">The pattern.</param>
    /// <param name="rule">The rule that it begins, for messages.</param>
    internal static RulePattern Parse(string text, string rule)
    {
        StringBuilder regex = new("^");
        int start = 0;
        while (true)
        {
            int end = EndOfSegment(text, start);
            string segment = text[start..end];
            bool isFirst = start == 0;
            bool isLast = end == text.Length;
            if (segment == "**" && EndsWithAnySegments(text, start))
            {
                throw new RuleSyntaxException(rule, start + 1, "'**' twice in a row; one stands for any number of segments");
            }
            else if (segment == "**")
            {
                // The dot that joins it to its neighbors belongs to the repeated part, so that it may stand for nothing.
                regex.Append(isLast ? isFirst ? ".*" : @"(?:\.[^.]+)*" : isFirst ? @"(?:[^.]+\.)*" : @"\.(?:[^.]+\.)*");
            }
            else
            {
                regex.Append(isFirst || EndsWithAnySegments(text, start) ? "" : @"\.");
                AppendSegment(regex, rule, text, start, end);
            }

            if (isLast)
            {
                break;
            }

            start = end + 1;
        }

        regex.Append(@"(?:\..*)?$");
        return new(text, new Regex(regex.ToString(), RegexOptions.NonBacktracking | RegexOptions.CultureInvariant));
    }

    public override string ToString() => Text;

    private static bool EndsWithAnySegments(string text, int start) =>
        text.AsSpan(0, start).EndsWith("**.") && (start == 3 || text[start - 4] == '.');

    private static int EndOfSegment(string text, int start)
    {
        bool inBraces = false;
        for (int i = start; i < text.Length; i++)
        {
            inBraces = text[i] == '{' || (inBraces && text[i] != '}');
            if (text[i] == '.' && !inBraces)
            {
                return i;
            }
        }

        return text.Length;
    }

    private static void AppendSegment(StringBuilder regex, string rule, string text, int start, int end)
    {
        if (start == end)
        {
            throw new RuleSyntaxException(rule, start + 1, "an empty segment; expected a name, '*' or '**'");
        }

        for (int i = start; i < end; i++)
        {
            char c = text[i];
            if (c == '*' && i + 1 < end && text[i + 1] == '*')
            {
                throw new RuleSyntaxException(rule, i + 1, "'**' stands for whole segments; expected a dot before and after it");
            }
            else if (c == '*')
            {
                regex.Append("[^.]*");
            }
            else if (c == '{')
            {
                int close = text.IndexOf('}', i, end - i);
                if (close < 0)
                {
                    throw new RuleSyntaxException(rule, i + 1, "'{' without a '}'");
                }

                AppendAlternatives(regex, rule, text, i + 1, close);
                i = close;
            }
            else if (char.IsAsciiLetterOrDigit(c) || c is '_' or '-')
            {
                regex.Append(Regex.Escape(c.ToString()));
            }
            else
            {
                throw new RuleSyntaxException(rule, i + 1, $"'{c}' is in no name; expected letters, digits, '_', '-', '*' or '{{'");
            }
        }
    }

    private static void AppendAlternatives(StringBuilder regex, string rule, string text, int start, int end)
    {
        List<string> alternatives = [];
        int place = start;
        foreach (string item in text[start..end].Split(','))
        {
            int dots = item.IndexOf("..", StringComparison.Ordinal);
            if (dots >= 0)
            {
                int first = ParseNumber(rule, item[..dots], place);
                int last = ParseNumber(rule, item[(dots + 2)..], place + dots + 2);
                if (last < first || last - first >= MostAlternatives)
                {
                    throw new RuleSyntaxException(
                        rule, place + 1, $"'{item}' is no range; expected two numbers in ascending order, at most {MostAlternatives} apart");
                }

                alternatives.AddRange(Enumerable.Range(first, last - first + 1).Select(static n => n.ToString(CultureInfo.InvariantCulture)));
            }
            else if (item.Length > 0 && item.All(static c => char.IsAsciiLetterOrDigit(c) || c is '_' or '-'))
            {
                alternatives.Add(Regex.Escape(item));
            }
            else
            {
                throw new RuleSyntaxException(rule, place + 1, $"'{item}' is no alternative; expected a text or a range such as 0..3");
            }

            place += item.Length + 1;
        }

        regex.Append("(?:").AppendJoin('|', alternatives).Append(')');
    }

    private static int ParseNumber(string rule, string text, int place) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int number)
            ? number
            : throw new RuleSyntaxException(rule, place + 1, $"'{text}' is no number; expected a range such as 0..3");
}
