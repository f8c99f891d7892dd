using System.Globalization;

namespace ModelPack.Models.Tokenizers.Patterns;

/// <summary>Reads a regular expression in Oniguruma's syntax, the one that tokenizer.json is written in.</summary>
/// <remarks>What is not known is refused with its place: a pattern that is read wrongly would give wrong tokens silently.</remarks>
internal sealed partial class PatternParser
{
    private const int MaxLength = 1 << 16;

    private const int MaxDepth = 40;

    private const int MaxCount = 10_000;

    private readonly string _place;
    private readonly string _text;
    private readonly bool _foldsLongS;
    private int _at;
    private int _depth;
    private bool _ignoresCase;

    private PatternParser(string place, string text, bool foldsLongS) => (_place, _text, _foldsLongS) = (place, text, foldsLongS);

    private bool AtEnd => _at == _text.Length;

    private char Current => AtEnd ? '\0' : _text[_at];

    /// <summary>Parses a pattern.</summary>
    /// <param name="place">Where it stands, for messages.</param>
    /// <param name="text">The pattern.</param>
    /// <param name="foldsLongS">Whether, without case, "s" matches U+017F too: Unicode says so, llama.cpp does not.</param>
    /// <exception cref="UnsupportedModelException">A construct that is not known here.</exception>
    /// <exception cref="InvalidCheckpointException">No regular expression.</exception>
    public static PatternNode Parse(string place, string text, bool foldsLongS)
    {
        if (text.Length > MaxLength)
        {
            throw PatternFaults.TooLong(place, text.Length, MaxLength);
        }

        PatternParser parser = new(place, text, foldsLongS);
        PatternNode node = parser.Choice();
        return parser.AtEnd ? node : throw parser.Broken("')' without '('");
    }

    private PatternNode Choice()
    {
        if (++_depth > MaxDepth)
        {
            throw Unsupported($"nesting beyond {MaxDepth} levels");
        }

        bool ignoresCase = _ignoresCase;
        List<PatternNode> choices = [Sequence()];
        while (Take('|'))
        {
            choices.Add(Sequence());
        }

        _ignoresCase = ignoresCase;
        _depth--;
        return choices.Count == 1 ? choices[0] : new ChoiceNode(choices);
    }

    private SequenceNode Sequence()
    {
        List<PatternNode> parts = [];
        while (!AtEnd && Current is not ('|' or ')'))
        {
            if (Atom() is { } atom)
            {
                parts.Add(Quantified(atom));
            }
        }

        return new SequenceNode(parts);
    }

    private PatternNode Quantified(PatternNode atom)
    {
        bool braces = Current == '{';
        if (Quantifier() is not var (min, max))
        {
            return atom;
        }

        if (atom is LookNode or PlaceNode || (atom.CanBeEmpty && max > 1))
        {
            throw Unsupported("repetition of what can be empty");
        }

        bool lazy = Take('?');
        bool possessive = !lazy && Take('+');
        if ((braces && (lazy || possessive)) || Current is '*' or '+' or '?' || (Current == '{' && StartsQuantifier()))
        {
            // Oniguruma, Perl and Rust read "a{1,2}+" differently.
            throw Unsupported("a quantifier after a quantifier");
        }

        return new LoopNode(atom, min, max, lazy, possessive);
    }

    private (int Min, int Max)? Quantifier()
    {
        switch (Current)
        {
            case '?' when !AtEnd:
                _at++;
                return (0, 1);
            case '*':
                _at++;
                return (0, int.MaxValue);
            case '+':
                _at++;
                return (1, int.MaxValue);
            case '{' when StartsQuantifier():
                return Braces();
            default:
                return null;
        }
    }

    private bool StartsQuantifier() => _at + 1 < _text.Length && (char.IsAsciiDigit(_text[_at + 1]) || _text[_at + 1] == ',');

    private (int Min, int Max) Braces()
    {
        int end = _text.IndexOf('}', _at);
        string[] parts = end < 0 ? [] : _text[(_at + 1)..end].Split(',');
        if (parts.Length is not (1 or 2))
        {
            throw Broken("a quantifier that does not end");
        }

        int min = parts[0].Length == 0 ? 0 : Count(parts[0]);
        int max = parts.Length == 1 ? min : parts[1].Length == 0 ? int.MaxValue : Count(parts[1]);
        _at = end + 1;
        return min <= max ? (min, max) : throw Broken("a quantifier whose minimum is above its maximum");
    }

    private int Count(string digits) =>
        int.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out int count) && count <= MaxCount
            ? count
            : throw Unsupported($"a count that is no number up to {MaxCount}");

    /// <summary>One element; null for a switch such as "(?i)", which matches nothing.</summary>
    private PatternNode? Atom()
    {
        char c = Current;
        switch (c)
        {
            case '(':
                return Group();
            case '[':
                _at++;
                return new RuneNode(Class());
            case '.':
                _at++;
                return new RuneNode(RuneClass.AnyButNewline);
            case '^':
                _at++;
                return new PlaceNode(PatternPlace.LineStart);
            case '$':
                _at++;
                return new PlaceNode(PatternPlace.LineEnd);
            case '\\':
                return Escape();
            case '*' or '+' or '?':
                throw Broken("a quantifier of nothing");
            default:
                return new RuneNode(Folded(Rune()));
        }
    }

    private PatternNode? Group()
    {
        _at++;
        if (!Take('?'))
        {
            return Closed(Choice());
        }

        if (Take(':'))
        {
            return Closed(Choice());
        }

        if (Take('='))
        {
            return new LookNode(Closed(Choice()), Negative: false);
        }

        if (Take('!'))
        {
            return new LookNode(Closed(Choice()), Negative: true);
        }

        if (Take('>'))
        {
            return new LoopNode(Closed(Choice()), 1, 1, Lazy: false, Possessive: true);
        }

        if (Take('i'))
        {
            bool before = _ignoresCase;
            _ignoresCase = true;
            if (Take(')'))
            {
                return null;
            }

            if (Take(':'))
            {
                PatternNode body = Closed(Choice());
                _ignoresCase = before;
                return body;
            }
        }

        throw Unsupported("this kind of group");
    }

    private PatternNode Closed(PatternNode body) => Take(')') ? body : throw Broken("'(' without ')'");

    private PatternNode Escape()
    {
        PatternPlace? place = (_at + 1 < _text.Length ? _text[_at + 1] : '\0') switch
        {
            'A' => PatternPlace.TextStart,
            'z' => PatternPlace.TextEnd,
            'b' => PatternPlace.WordEdge,
            'B' => PatternPlace.NoWordEdge,
            _ => null,
        };
        if (place is { } known)
        {
            _at += 2;
            return new PlaceNode(known);
        }

        return EscapedClass() is { } runes ? new RuneNode(runes) : new RuneNode(Folded(EscapedRune()));
    }

    private int Rune()
    {
        char c = _text[_at++];
        return char.IsHighSurrogate(c) && char.IsLowSurrogate(Current) ? char.ConvertToUtf32(c, _text[_at++]) : c;
    }

    private bool Take(char c)
    {
        if (AtEnd || Current != c)
        {
            return false;
        }

        _at++;
        return true;
    }

    private UnsupportedModelException Unsupported(string what) => PatternFaults.Unsupported(_place, _text, _at, what);

    private InvalidCheckpointException Broken(string problem) => PatternFaults.Broken(_place, _text, _at, problem);
}
