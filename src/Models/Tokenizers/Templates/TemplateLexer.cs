using System.Text;

namespace ModelPack.Models.Tokenizers.Templates;

/// <summary>Cuts a template into tokens, with the white space rules that Transformers sets: trim_blocks and lstrip_blocks.</summary>
/// <remarks>Source: Jinja's documentation, "Whitespace Control". A line feed at the very end is dropped, as Jinja does.</remarks>
internal sealed class TemplateLexer
{
    private const int MaxLength = 1 << 20;

    private static readonly string[] Signs =
    [
        "**", "//", "==", "!=", "<=", ">=", "+", "-", "*", "/", "%", "~", "<", ">", "=", "(", ")", "[", "]", "{", "}", ",", ".", ":", "|", ";",
    ];

    private readonly string _text;
    private readonly List<TemplateToken> _tokens = [];
    private int _at;
    private int _line = 1;

    private TemplateLexer(string text) => _text = text;

    /// <summary>Cuts a template.</summary>
    public static List<TemplateToken> Read(string template)
    {
        if (template.Length > MaxLength)
        {
            throw TemplateFaults.TooLarge("characters", MaxLength);
        }

        template = template.Replace("\r\n", "\n", StringComparison.Ordinal).Replace('\r', '\n');
        TemplateLexer lexer = new(template.EndsWith('\n') ? template[..^1] : template);
        lexer.ReadAll();
        return lexer._tokens;
    }

    private void ReadAll()
    {
        bool trimsAll = false;
        bool trimsLine = false;
        while (true)
        {
            int open = FindOpen();
            ReadText(open, trimsAll, trimsLine);
            if (_at == _text.Length)
            {
                _tokens.Add(new TemplateToken(TemplateTokenKind.End, "", _line));
                return;
            }

            char kind = _text[_at + 1];
            Skip(_at + 2 < _text.Length && _text[_at + 2] is '-' or '+' ? 3 : 2);
            trimsAll = kind == '#' ? Comment() : Code(kind);
            trimsLine = kind != '{';
        }
    }

    private int FindOpen()
    {
        for (int at = _at; at + 1 < _text.Length; at++)
        {
            if (_text[at] == '{' && _text[at + 1] is '{' or '%' or '#')
            {
                return at;
            }
        }

        return _text.Length;
    }

    /// <summary>Text up to a tag, less the white space that the tags on either side take.</summary>
    private void ReadText(int end, bool trimsAll, bool trimsLine)
    {
        int start = _at;
        int stop = end;
        if (trimsAll)
        {
            while (start < stop && char.IsWhiteSpace(_text[start]))
            {
                start++;
            }
        }
        else if (trimsLine && start < stop && _text[start] == '\n')
        {
            start++;
        }

        char mark = end + 2 < _text.Length ? _text[end + 2] : '\0';
        if (end < _text.Length && mark == '-')
        {
            while (stop > start && char.IsWhiteSpace(_text[stop - 1]))
            {
                stop--;
            }
        }
        else if (end < _text.Length && _text[end + 1] != '{' && mark != '+')
        {
            int line = stop;
            while (line > start && _text[line - 1] != '\n' && char.IsWhiteSpace(_text[line - 1]))
            {
                line--;
            }

            // Only where the tag is the first on its line.
            stop = line == 0 || _text[line - 1] == '\n' ? line : stop;
        }

        if (start < stop)
        {
            _tokens.Add(new TemplateToken(TemplateTokenKind.Text, _text[start..stop], _line));
        }

        Skip(end - _at);
    }

    private bool Comment()
    {
        int end = _text.IndexOf("#}", _at, StringComparison.Ordinal);
        if (end < 0)
        {
            throw TemplateFaults.Syntax(_line, "the end", "'#}'");
        }

        bool trims = end > _at && _text[end - 1] == '-';
        Skip(end + 2 - _at);
        return trims;
    }

    /// <summary>The tokens of a tag; gives whether it takes the white space after it.</summary>
    private bool Code(char kind)
    {
        (TemplateTokenKind start, TemplateTokenKind end, string close) = kind == '{'
            ? (TemplateTokenKind.PrintStart, TemplateTokenKind.PrintEnd, "}}")
            : (TemplateTokenKind.BlockStart, TemplateTokenKind.BlockEnd, "%}");
        _tokens.Add(new TemplateToken(start, "", _line));
        int open = 0;
        while (true)
        {
            while (_at < _text.Length && char.IsWhiteSpace(_text[_at]))
            {
                Skip(1);
            }

            if (_at == _text.Length)
            {
                throw TemplateFaults.Syntax(_line, "the end", $"'{close}'");
            }

            bool trims = Starts("-" + close);
            if (open == 0 && (trims || Starts(close)))
            {
                _tokens.Add(new TemplateToken(end, "", _line));
                Skip(trims ? 3 : 2);
                return trims;
            }

            open += CodeToken();
        }
    }

    /// <summary>One token; 1 when it opens a brace, -1 when it closes one.</summary>
    private int CodeToken()
    {
        char c = _text[_at];
        int start = _at;
        if (char.IsAsciiLetter(c) || c == '_')
        {
            while (_at < _text.Length && (char.IsAsciiLetterOrDigit(_text[_at]) || _text[_at] == '_'))
            {
                _at++;
            }

            _tokens.Add(new TemplateToken(TemplateTokenKind.Name, _text[start.._at], _line));
            return 0;
        }

        if (char.IsAsciiDigit(c))
        {
            Number();
            return 0;
        }

        if (c is '\'' or '"')
        {
            String(c);
            return 0;
        }

        foreach (string sign in Signs)
        {
            if (Starts(sign))
            {
                _tokens.Add(new TemplateToken(TemplateTokenKind.Sign, sign, _line));
                Skip(sign.Length);
                return sign == "{" ? 1 : sign == "}" ? -1 : 0;
            }
        }

        throw TemplateFaults.Syntax(_line, TokenizerFaults.Quote(c.ToString()), "an expression");
    }

    private void Number()
    {
        int start = _at;
        while (_at < _text.Length && char.IsAsciiDigit(_text[_at]))
        {
            _at++;
        }

        TemplateTokenKind kind = TemplateTokenKind.Integer;
        if (_at + 1 < _text.Length && _text[_at] == '.' && char.IsAsciiDigit(_text[_at + 1]))
        {
            kind = TemplateTokenKind.Float;
            _at++;
            while (_at < _text.Length && char.IsAsciiDigit(_text[_at]))
            {
                _at++;
            }
        }

        _tokens.Add(new TemplateToken(kind, _text[start.._at], _line));
    }

    private void String(char quote)
    {
        int line = _line;
        StringBuilder text = new();
        for (_at++; _at < _text.Length && _text[_at] != quote; _at++)
        {
            char c = _text[_at];
            _line += c == '\n' ? 1 : 0;
            if (c != '\\' || _at + 1 == _text.Length)
            {
                text.Append(c);
                continue;
            }

            char escaped = _text[++_at];
            text.Append(escaped switch
            {
                'n' => "\n",
                't' => "\t",
                'r' => "\r",
                '\\' or '\'' or '"' => escaped.ToString(),
                _ => throw TemplateFaults.Unsupported(_line, $"the escape '\\{escaped}'"),
            });
        }

        if (_at == _text.Length)
        {
            throw TemplateFaults.Syntax(line, "the end", "the end of a string");
        }

        _at++;
        _tokens.Add(new TemplateToken(TemplateTokenKind.String, text.ToString(), line));
    }

    private bool Starts(string sign) => string.CompareOrdinal(_text, _at, sign, 0, sign.Length) == 0;

    private void Skip(int count)
    {
        _line += _text.AsSpan(_at, count).Count('\n');
        _at += count;
    }
}
