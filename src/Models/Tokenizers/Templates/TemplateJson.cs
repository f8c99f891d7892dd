using System.Globalization;
using System.Text;

namespace ModelPack.Models.Tokenizers.Templates;

/// <summary>The filter tojson, as Transformers sets it: json.dumps with ensure_ascii off, keys in their order, ", " and ": ".</summary>
internal sealed class TemplateJson
{
    private const int MaxDepth = 100;

    private readonly int _line;
    private readonly bool _ascii;
    private readonly int? _indent;
    private readonly bool _sorts;
    private readonly Action _step;
    private readonly StringBuilder _text = new();

    private TemplateJson(int line, bool ascii, int? indent, bool sorts, Action step) =>
        (_line, _ascii, _indent, _sorts, _step) = (line, ascii, indent, sorts, step);

    /// <summary>Writes a value.</summary>
    public static string Write(int line, object? value, List<(string Name, object? Value)> options, Action step)
    {
        (bool ascii, int? indent, bool sorts) = (false, null, false);
        foreach ((string name, object? option) in options)
        {
            switch (name, option)
            {
                case ("indent", long spaces and >= 0 and <= 16):
                    indent = (int)spaces;
                    break;
                case ("indent", null):
                    break;
                case ("ensure_ascii", bool flag):
                    ascii = flag;
                    break;
                case ("sort_keys", bool flag):
                    sorts = flag;
                    break;
                default:
                    throw TemplateFaults.Unsupported(line, $"tojson with {TokenizerFaults.Quote(name)}");
            }
        }

        TemplateJson json = new(line, ascii, indent, sorts, step);
        json.Write(value, 0);
        return json._text.ToString();
    }

    private void Write(object? value, int depth)
    {
        _step();
        if (depth > MaxDepth)
        {
            throw TemplateFaults.TooLarge("levels of values", MaxDepth);
        }

        if (_text.Length > TemplateRunner.MaxText)
        {
            throw TemplateFaults.TooLarge("characters in a text", TemplateRunner.MaxText);
        }

        switch (value)
        {
            case null:
                _text.Append("null");
                break;
            case bool flag:
                _text.Append(flag ? "true" : "false");
                break;
            case long number:
                _text.Append(number);
                break;
            case double number:
                _text.Append(TemplateRunner.Print(number));
                break;
            case string text:
                Quote(text);
                break;
            case TemplateList list:
                WriteAll('[', ']', list.Items, item => Write(item, depth + 1), depth);
                break;
            case TemplateMap map:
                IEnumerable<string> keys = _sorts ? map.Keys.Order(StringComparer.Ordinal) : map.Keys;
                WriteAll('{', '}', [.. keys], key =>
                {
                    Quote(key);
                    _text.Append(": ");
                    Write(map[key], depth + 1);
                }, depth);
                break;
            default:
                throw TemplateFaults.Wrong(_line, "tojson of something that is no JSON");
        }
    }

    private void WriteAll<T>(char open, char close, List<T> items, Action<T> write, int depth)
    {
        _text.Append(open);
        for (int i = 0; i < items.Count; i++)
        {
            _text.Append(i == 0 ? "" : _indent is null ? ", " : ",");
            NewLine(depth + 1);
            write(items[i]);
        }

        if (items.Count > 0)
        {
            NewLine(depth);
        }

        _text.Append(close);
    }

    private void NewLine(int depth)
    {
        if (_indent is { } spaces)
        {
            _text.Append('\n').Append(' ', spaces * depth);
        }
    }

    private void Quote(string text)
    {
        _text.Append('"');
        foreach (char c in text)
        {
            _ = c switch
            {
                '"' or '\\' => _text.Append('\\').Append(c),
                '\n' => _text.Append("\\n"),
                '\r' => _text.Append("\\r"),
                '\t' => _text.Append("\\t"),
                '\b' => _text.Append("\\b"),
                '\f' => _text.Append("\\f"),
                < ' ' => Escape(c),
                > '~' when _ascii => Escape(c),
                _ => _text.Append(c),
            };
        }

        _text.Append('"');
    }

    private StringBuilder Escape(char c) => _text.Append("\\u").Append(((int)c).ToString("x4", CultureInfo.InvariantCulture));
}
