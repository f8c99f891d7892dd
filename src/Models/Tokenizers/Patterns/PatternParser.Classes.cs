using System.Globalization;
using System.Text;

namespace ModelPack.Models.Tokenizers.Patterns;

/// <content>Sets of code points: brackets, escapes and properties.</content>
internal sealed partial class PatternParser
{
    private const int LongS = 0x17F;

    private const int KelvinSign = 0x212A;

    /// <summary>A set in brackets, after "["; "&amp;&amp;" is the intersection, as in Oniguruma.</summary>
    private RuneClass Class()
    {
        if (++_depth > MaxDepth)
        {
            throw Unsupported($"nesting beyond {MaxDepth} levels");
        }

        bool negated = Take('^');
        RuneClass? whole = null;
        List<RuneClass> parts = [];
        while (!Take(']'))
        {
            if (AtEnd)
            {
                throw Broken("'[' without ']'");
            }

            if (Current == '&' && _at + 1 < _text.Length && _text[_at + 1] == '&')
            {
                _at += 2;
                whole = Joined(whole, parts);
                parts = [];
                continue;
            }

            parts.Add(ClassPart());
        }

        _depth--;
        RuneClass runes = Joined(whole, parts);
        return negated ? new NotClass(runes) : runes;
    }

    private static RuneClass Joined(RuneClass? before, List<RuneClass> parts)
    {
        RuneClass part = parts.Count == 1 ? parts[0] : new UnionClass(parts);
        return before is null ? part : new BothClass(before, part);
    }

    private RuneClass ClassPart()
    {
        if (Current == '[')
        {
            _at++;
            return Current == ':' ? throw Unsupported("a POSIX bracket") : Class();
        }

        int first;
        if (Current == '\\')
        {
            if (EscapedClass() is { } runes)
            {
                return runes;
            }

            first = EscapedRune();
        }
        else
        {
            first = Rune();
        }

        if (Current != '-' || _at + 1 >= _text.Length || _text[_at + 1] == ']')
        {
            return Folded(first);
        }

        _at++;
        int last = Current == '\\' ? EscapedRune() : Current == '[' ? throw Unsupported("a range that ends in a set") : Rune();
        return first <= last ? FoldedRange(first, last) : throw Broken("a range whose end is before its start");
    }

    /// <summary>\s, \d, \w, \p{…} and their opposites; null when the escape is a code point.</summary>
    private RuneClass? EscapedClass()
    {
        char kind = _at + 1 < _text.Length ? _text[_at + 1] : throw Broken("'\\' at the end");
        RuneClass? runes = char.ToLowerInvariant(kind) switch
        {
            's' => RuneClass.Space,
            'd' => RuneClass.Digit,
            'w' => RuneClass.Word,
            _ => null,
        };
        if (runes is not null)
        {
            _at += 2;
            return char.IsUpper(kind) ? new NotClass(runes) : runes;
        }

        if (kind is not ('p' or 'P'))
        {
            return null;
        }

        int end = _text.IndexOf('}', _at);
        if (_at + 2 >= _text.Length || _text[_at + 2] != '{' || end < 0)
        {
            throw Unsupported("a property without braces");
        }

        string name = _text[(_at + 3)..end];
        bool negated = kind == 'P' ^ name.StartsWith('^');
        runes = UnicodeProperties.Find(name.TrimStart('^')) ?? throw Unsupported($"the property {TokenizerFaults.Quote(name)}");
        if (_ignoresCase && name.TrimStart('^') is "Lu" or "Ll" or "Lt")
        {
            throw Unsupported("a property of case where case is ignored");
        }

        _at = end + 1;
        return negated ? new NotClass(runes) : runes;
    }

    private int EscapedRune()
    {
        _at++;
        if (AtEnd)
        {
            throw Broken("'\\' at the end");
        }

        char kind = _text[_at];
        switch (kind)
        {
            case 'n':
                _at++;
                return '\n';
            case 'r':
                _at++;
                return '\r';
            case 't':
                _at++;
                return '\t';
            case 'f':
                _at++;
                return '\f';
            case 'v':
                _at++;
                return '\v';
            case 'u':
                return Hexadecimal(_at + 1, _at + 5, _at + 5);
            case 'x' when _at + 1 < _text.Length && _text[_at + 1] == '{':
                int end = _text.IndexOf('}', _at);
                return Hexadecimal(_at + 2, end, end + 1);
            case 'x':
                return Hexadecimal(_at + 1, _at + 3, _at + 3);
            default:
                return char.IsAsciiLetterOrDigit(kind) ? throw Unsupported($"the escape '\\{kind}'") : Rune();
        }
    }

    private int Hexadecimal(int start, int end, int next)
    {
        if (end < start || end > _text.Length
            || !int.TryParse(_text.AsSpan(start, end - start), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out int rune)
            || rune is < 0 or > 0x10FFFF)
        {
            throw Broken("an escape that is no code point");
        }

        _at = next;
        return rune;
    }

    private RuneClass Folded(int rune)
    {
        RangeClass exact = new(rune, rune);
        if (!_ignoresCase || !System.Text.Rune.IsValid(rune))
        {
            return exact;
        }

        HashSet<int> forms = [rune, System.Text.Rune.ToLowerInvariant(new Rune(rune)).Value, System.Text.Rune.ToUpperInvariant(new Rune(rune)).Value];
        if (_foldsLongS && rune is 's' or 'S')
        {
            forms.Add(LongS);
        }

        if (_foldsLongS && rune is 'k' or 'K')
        {
            forms.Add(KelvinSign);
        }

        return forms.Count == 1 ? exact : new UnionClass([.. forms.Order().Select(static f => new RangeClass(f, f))]);
    }

    private RuneClass FoldedRange(int first, int last)
    {
        if (!_ignoresCase)
        {
            return new RangeClass(first, last);
        }

        return last < 0x80
            ? new UnionClass([.. Enumerable.Range(first, last - first + 1).Select(Folded)])
            : throw Unsupported("a range beyond ASCII where case is ignored");
    }
}
