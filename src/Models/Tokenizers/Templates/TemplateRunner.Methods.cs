using System.Globalization;

namespace ModelPack.Models.Tokenizers.Templates;

/// <content>Functions, and methods of texts, lists and mappings.</content>
internal sealed partial class TemplateRunner
{
    // The day that strftime_now tells.
    private static readonly DateTime Today = new(2025, 1, 1, 0, 0, 0, DateTimeKind.Utc);

    private static readonly string[] Functions = ["dict", "namespace", "raise_exception", "range", "strftime_now"];

    private static readonly string[] TextMethods =
        ["capitalize", "endswith", "find", "lower", "lstrip", "replace", "rstrip", "split", "startswith", "strip", "title", "upper"];

    private static readonly string[] ListMethods = ["append", "pop"];

    private static readonly string[] MapMethods = ["get", "items", "keys", "values"];

    private static bool IsFunction(string name) => Functions.Contains(name);

    private static bool IsMethod(object of, string name) =>
        (of switch
        {
            string => TextMethods,
            TemplateList => ListMethods,
            _ => MapMethods,
        }).Contains(name);

    private static object? Function(int line, string name, List<object?> positional, List<(string Name, object? Value)> named)
    {
        switch (name)
        {
            case "namespace":
                TemplateNamespace space = new();
                foreach ((string member, object? value) in named)
                {
                    space.Members[member] = value;
                }

                return space;
            case "dict":
                TemplateMap map = new();
                foreach ((string member, object? value) in named)
                {
                    map[member] = value;
                }

                return map;
            case "raise_exception":
                throw TemplateFaults.Raised(line, positional is [string message] ? message : "it says no more");
            case "range":
                return Range(line, positional);
            default:
                return Strftime(line, positional is [string format] ? format : throw TemplateFaults.Wrong(line, "strftime_now without a format"));
        }
    }

    private static TemplateList Range(int line, List<object?> bounds)
    {
        if (bounds.Count is 0 or > 3 || bounds.Exists(static b => b is not long))
        {
            throw TemplateFaults.Wrong(line, "range of what is no number");
        }

        long start = bounds.Count > 1 ? (long)bounds[0]! : 0;
        long stop = (long)bounds[bounds.Count > 1 ? 1 : 0]!;
        long step = bounds.Count > 2 ? (long)bounds[2]! : 1;
        List<object?> items = [];
        for (decimal i = start; step > 0 ? i < stop : i > stop; i += step)
        {
            if (step == 0 || items.Count == MaxItems)
            {
                throw TemplateFaults.TooLarge("values in a range", MaxItems);
            }

            items.Add((long)i);
        }

        return new TemplateList(items);
    }

    private static string Strftime(int line, string format)
    {
        System.Text.StringBuilder text = new();
        for (int i = 0; i < format.Length; i++)
        {
            if (format[i] != '%' || i + 1 == format.Length)
            {
                text.Append(format[i]);
                continue;
            }

            text.Append(format[++i] switch
            {
                'Y' => Today.ToString("yyyy", CultureInfo.InvariantCulture),
                'm' => Today.ToString("MM", CultureInfo.InvariantCulture),
                'd' => Today.ToString("dd", CultureInfo.InvariantCulture),
                'B' => Today.ToString("MMMM", CultureInfo.InvariantCulture),
                'b' => Today.ToString("MMM", CultureInfo.InvariantCulture),
                'A' => Today.ToString("dddd", CultureInfo.InvariantCulture),
                'a' => Today.ToString("ddd", CultureInfo.InvariantCulture),
                'H' or 'M' or 'S' => "00",
                '%' => "%",
                var other => throw TemplateFaults.Unsupported(line, $"the date format '%{other}'"),
            });
        }

        return text.ToString();
    }

    private object? Method(int line, object of, string name, List<object?> positional, List<(string Name, object? Value)> named)
    {
        if (named.Count > 0)
        {
            throw TemplateFaults.Unsupported(line, $"{name} with named values");
        }

        return of switch
        {
            string text => TextMethod(line, text, name, positional),
            TemplateList list => ListMethod(line, list, name, positional),
            TemplateMap map => MapMethod(line, map, name, positional),
            _ => throw TemplateFaults.Wrong(line, $"{Describe(of)} has no {TokenizerFaults.Quote(name)}"),
        };
    }

    private static object? ListMethod(int line, TemplateList list, string name, List<object?> positional)
    {
        if (name == "append" && positional.Count == 1)
        {
            if (list.Items.Count == MaxItems)
            {
                throw TemplateFaults.TooLarge("values in a list", MaxItems);
            }

            list.Items.Add(positional[0]);
            return null;
        }

        long index = positional is [long place] ? place : -1;
        index += index < 0 ? list.Items.Count : 0;
        if (name != "pop" || positional.Count > 1 || index < 0 || index >= list.Items.Count)
        {
            throw TemplateFaults.Wrong(line, $"{name} of a list of {list.Items.Count}");
        }

        object? item = list.Items[(int)index];
        list.Items.RemoveAt((int)index);
        return item;
    }

    private static object? MapMethod(int line, TemplateMap map, string name, List<object?> positional) => (name, positional) switch
    {
        ("items", []) => new TemplateList(map.Keys.Select(k => new TemplateList([k, map[k]]))),
        ("keys", []) => new TemplateList(map.Keys),
        ("values", []) => new TemplateList(map.Keys.Select(k => map[k])),
        ("get", [string key]) => map.TryGet(key, out object? value) ? value : null,
        ("get", [string key, var standard]) => map.TryGet(key, out object? value) ? value : standard,
        _ => throw TemplateFaults.Wrong(line, $"{name} of a mapping with {positional.Count} values"),
    };

    private object? TextMethod(int line, string text, string name, List<object?> positional) => (name, positional) switch
    {
        ("strip", [] or [null]) => text.Trim(),
        ("lstrip", [] or [null]) => text.TrimStart(),
        ("rstrip", [] or [null]) => text.TrimEnd(),
        ("strip", [string characters]) => text.Trim(Set(line, characters)),
        ("lstrip", [string characters]) => text.TrimStart(Set(line, characters)),
        ("rstrip", [string characters]) => text.TrimEnd(Set(line, characters)),
        ("startswith", [string start]) => text.StartsWith(start, StringComparison.Ordinal),
        ("endswith", [string end]) => text.EndsWith(end, StringComparison.Ordinal),
        ("lower", []) => text.ToLowerInvariant(),
        ("upper", []) => text.ToUpperInvariant(),
        ("capitalize", []) => Capitalize(text),
        ("title", []) => Title(text),
        ("find", [string part]) => RunesBefore(text, text.IndexOf(part, StringComparison.Ordinal)),
        ("split", [] or [null]) => Split(text, null, -1),
        ("split", [string separator]) => Split(text, separator, -1),
        ("split", [var separator and (null or string), long most]) => Split(text, (string?)separator, most),
        ("replace", [string from, string to]) => Replace(line, text, from, to, -1),
        ("replace", [string from, string to, long most]) => Replace(line, text, from, to, most),
        _ => throw TemplateFaults.Wrong(line, $"{name} of a text with {positional.Count} values of these kinds"),
    };

    private static char[] Set(int line, string characters) =>
        characters.Any(char.IsSurrogate) ? throw TemplateFaults.Unsupported(line, "stripping characters beyond U+FFFF")
        : characters.Length > 0 ? characters.ToCharArray() : ['\0'];

    private static long RunesBefore(string text, int at) => at < 0 ? -1 : text[..at].EnumerateRunes().Count();

    private static TemplateList Split(string text, string? separator, long most)
    {
        int count = most < 0 || most >= int.MaxValue ? int.MaxValue : (int)most + 1;
        string[] parts = separator is null
            ? text.TrimStart().Split((char[]?)null, count, StringSplitOptions.RemoveEmptyEntries)
            : text.Split(separator, count);
        return parts.Length <= MaxItems ? new TemplateList(parts) : throw TemplateFaults.TooLarge("values in a list", MaxItems);
    }

    private string Replace(int line, string text, string from, string to, long most)
    {
        if (from.Length == 0)
        {
            throw TemplateFaults.Unsupported(line, "replacing nothing");
        }

        System.Text.StringBuilder result = new();
        int at = 0;
        for (int next; most != 0 && (next = text.IndexOf(from, at, StringComparison.Ordinal)) >= 0; most--)
        {
            Step();
            result.Append(text, at, next - at);
            Append(result, to);
            at = next + from.Length;
        }

        return result.Append(text, at, text.Length - at).ToString();
    }

    private static string Capitalize(string text) =>
        text.Length == 0 ? text : char.ToUpperInvariant(text[0]) + text[1..].ToLowerInvariant();

    private static string Title(string text) => string.Create(text.Length, text, static (result, source) =>
    {
        for (int i = 0; i < source.Length; i++)
        {
            result[i] = i > 0 && char.IsLetter(source[i - 1]) ? char.ToLowerInvariant(source[i]) : char.ToUpperInvariant(source[i]);
        }
    });
}
