using System.Globalization;
using System.Text;

namespace ModelPack.Models.Tokenizers.Templates;

/// <content>What values are: true, equal, printed, gone through.</content>
internal sealed partial class TemplateRunner
{
    private static bool IsTrue(object? value) => value switch
    {
        null or TemplateUndefined => false,
        bool flag => flag,
        long number => number != 0,
        double number => number != 0,
        string text => text.Length > 0,
        TemplateList list => list.Items.Count > 0,
        TemplateMap map => map.Keys.Count > 0,
        _ => true,
    };

    private static double? Number(object? value) => value switch
    {
        long number => number,
        double number => number,
        bool flag => flag ? 1 : 0,
        _ => null,
    };

    private static long Whole(object? value) => value is long number ? number : value is true ? 1 : 0;

    private bool AreEqual(object? left, object? right, int depth)
    {
        Step();
        if (depth > MaxDepth)
        {
            throw TemplateFaults.TooLarge("levels of values", MaxDepth);
        }

        switch (left, right)
        {
            case (string a, string b):
                return a == b;
            case (TemplateList a, TemplateList b):
                return a.Items.Count == b.Items.Count && a.Items.Zip(b.Items).All(p => AreEqual(p.First, p.Second, depth + 1));
            case (TemplateMap a, TemplateMap b):
                return a.Keys.Count == b.Keys.Count
                    && a.Keys.All(k => b.TryGet(k, out object? other) && AreEqual(a[k], other, depth + 1));
            default:
                return Number(left) is { } x && Number(right) is { } y ? x == y : ReferenceEquals(left, right);
        }
    }

    private bool Contains(int line, object? all, object? part) => all switch
    {
        string text when part is string inner => text.Contains(inner, StringComparison.Ordinal),
        TemplateList list => list.Items.Exists(i => AreEqual(i, part, 0)),
        TemplateMap map => part is string key && map.TryGet(key, out _),
        TemplateUndefined => false,
        _ => throw TemplateFaults.Wrong(line, $"{Describe(part)} in {Describe(all)}"),
    };

    private static IEnumerable<object?> Items(int line, object? value) => value switch
    {
        TemplateList list => list.Items.ToArray(),
        TemplateMap map => map.Keys.ToArray(),
        string text => text.EnumerateRunes().Select(static r => (object?)r.ToString()),
        TemplateUndefined => [],
        _ => throw TemplateFaults.Wrong(line, $"{Describe(value)} has no items"),
    };

    /// <summary>A value as text. Lists and mappings are refused: Python's own spelling of them is no text for a model.</summary>
    private static string Print(int line, object? value) => value switch
    {
        string text => text,
        TemplateUndefined => "",
        null => "None",
        bool flag => flag ? "True" : "False",
        long number => number.ToString(CultureInfo.InvariantCulture),
        double number => Print(number),
        _ => throw TemplateFaults.Unsupported(line, $"{Describe(value)} as text (without tojson)"),
    };

    /// <summary>A number as Python prints it: the shortest that reads back the same, with a fraction.</summary>
    internal static string Print(double number)
    {
        if (!double.IsFinite(number))
        {
            return double.IsNaN(number) ? "nan" : number > 0 ? "inf" : "-inf";
        }

        string text = number.ToString("R", CultureInfo.InvariantCulture);
        int exponent = text.IndexOf('E', StringComparison.Ordinal);
        double size = Math.Abs(number);
        if (exponent >= 0 && size is >= 1e-4 and < 1e16)
        {
            text = number.ToString("0.####################", CultureInfo.InvariantCulture);
        }
        else if (exponent >= 0)
        {
            return $"{text[..exponent]}e{text[exponent + 1]}{text[(exponent + 2)..].PadLeft(2, '0')}";
        }

        return text.Contains('.', StringComparison.Ordinal) ? text : text + ".0";
    }

    /// <summary>The code point at a place, from the end where the place is negative; null beyond.</summary>
    private static string? At(string text, long index)
    {
        int[] starts = RuneStarts(text);
        index += index < 0 ? starts.Length - 1 : 0;
        return index >= 0 && index < starts.Length - 1 ? text[starts[index]..starts[index + 1]] : null;
    }

    private static string Slice(string text, long? start, long? stop, long step)
    {
        int[] starts = RuneStarts(text);
        StringBuilder part = new();
        foreach (int i in Indices(starts.Length - 1, start, stop, step))
        {
            part.Append(text, starts[i], starts[i + 1] - starts[i]);
        }

        return part.ToString();
    }

    /// <summary>Where each code point starts, and the end: Python counts code points.</summary>
    private static int[] RuneStarts(string text)
    {
        List<int> starts = [];
        for (int at = 0; at < text.Length; at += at + 1 < text.Length && char.IsSurrogatePair(text[at], text[at + 1]) ? 2 : 1)
        {
            starts.Add(at);
        }

        starts.Add(text.Length);
        return [.. starts];
    }

    private static int CompareRunes(string left, string right) =>
        left.EnumerateRunes().Select(static r => r.Value).Zip(right.EnumerateRunes().Select(static r => r.Value))
            .Select(static p => p.First.CompareTo(p.Second)).FirstOrDefault(static order => order != 0) is not 0 and var order
            ? order
            : left.Length.CompareTo(right.Length);

    private static string Describe(object? value) => value switch
    {
        null => "none",
        TemplateUndefined => "something undefined",
        bool => "true or false",
        long or double => "a number",
        string => "a text",
        TemplateList => "a list",
        TemplateMap => "a mapping",
        TemplateNamespace => "a namespace",
        _ => "a function",
    };
}
