namespace ModelPack.Models.Tokenizers.Templates;

/// <content>Filters and tests.</content>
internal sealed partial class TemplateRunner
{
    private object? Filter(int line, object? of, string name, List<object?> positional, List<(string Name, object? Value)> named)
    {
        Step();
        switch (name)
        {
            case "tojson":
                return TemplateJson.Write(line, of, named, Step);
            case "default" or "d":
                bool falsy = (positional.Count > 1 ? positional[1] : named.Find(static n => n.Name == "boolean").Value) is true;
                return of is TemplateUndefined || (falsy && !IsTrue(of)) ? positional.Count > 0 ? positional[0] : "" : of;
            case "length" or "count":
                return of is TemplateUndefined ? 0L : of is string text ? text.EnumerateRunes().Count() : (long)Items(line, of).Count();
            case "trim":
                return positional is [string characters] ? Print(line, of).Trim(Set(line, characters)) : Print(line, of).Trim();
            case "string":
                return Print(line, of);
            case "safe":
                return of;
            case "lower" or "upper" or "capitalize" or "title":
                return TextMethod(line, Print(line, of), name, []);
            case "replace":
                return TextMethod(line, Print(line, of), name, positional);
            case "join":
                return Join(line, of, positional, named);
            case "list":
                return new TemplateList(Items(line, of));
            case "first":
                return Items(line, of).DefaultIfEmpty(TemplateUndefined.Value).First();
            case "last":
                return Items(line, of).DefaultIfEmpty(TemplateUndefined.Value).Last();
            case "reverse":
                return of is string back ? Slice(back, null, null, -1) : new TemplateList(Items(line, of).Reverse());
            case "items":
                return of is TemplateMap map ? MapMethod(line, map, "items", []) : new TemplateList([]);
            case "dictsort" when of is TemplateMap sorted && positional.Count == 0 && named.Count == 0:
                return new TemplateList(sorted.Keys.OrderBy(static k => k.ToLowerInvariant(), StringComparer.Ordinal)
                    .Select(k => new TemplateList([k, sorted[k]])));
            case "int":
                return of is double number ? (long)number : of is string digits ? long.TryParse(digits, out long whole) ? whole : 0L : Whole(of);
            case "abs" when Number(of) is { } size:
                return of is long plain and > long.MinValue ? (object)Math.Abs(plain) : Math.Abs(size);
            case "map":
                return Map(line, of, positional, named);
            case "select" or "reject" or "selectattr" or "rejectattr":
                return Select(line, of, name, positional);
            default:
                throw TemplateFaults.Unsupported(line, $"the filter {TokenizerFaults.Quote(name)}");
        }
    }

    private string Join(int line, object? of, List<object?> positional, List<(string Name, object? Value)> named)
    {
        string separator = positional.Count > 0 ? Print(line, positional[0]) : "";
        object? attribute = named.Find(static n => n.Name == "attribute").Value;
        System.Text.StringBuilder text = new();
        bool first = true;
        foreach (object? item in Items(line, of))
        {
            Step();
            Append(text, first ? "" : separator);
            Append(text, Print(line, attribute is null ? item : Member(line, item, attribute)));
            first = false;
        }

        return text.ToString();
    }

    private TemplateList Map(int line, object? of, List<object?> positional, List<(string Name, object? Value)> named)
    {
        List<object?> items = [.. Items(line, of)];
        if (named.Find(static n => n.Name == "attribute") is { Name: not null, Value: var attribute })
        {
            object? standard = named.Find(static n => n.Name == "default").Value;
            return new TemplateList(items.Select(i =>
            {
                object? value = Member(line, i, attribute);
                return value is TemplateUndefined && standard is not null ? standard : value;
            }));
        }

        return positional is [string filter, .. var rest]
            ? new TemplateList(items.Select(i => Filter(line, i, filter, rest, named)))
            : throw TemplateFaults.Wrong(line, "map without a filter or an attribute");
    }

    private TemplateList Select(int line, object? of, string name, List<object?> positional)
    {
        bool byMember = name.EndsWith("attr", StringComparison.Ordinal);
        object? member = byMember && positional.Count > 0 ? positional[0] : null;
        List<object?> rest = byMember && positional.Count > 0 ? positional[1..] : positional;
        bool wanted = name.StartsWith("select", StringComparison.Ordinal);
        return new TemplateList(Items(line, of).Where(item =>
        {
            object? value = byMember ? Member(line, item, member) : item;
            bool passes = rest is [string test, .. var arguments] ? Test(line, value, test, arguments) : IsTrue(value);
            return passes == wanted;
        }));
    }

    private bool Test(int line, object? of, string name, List<object?> arguments)
    {
        Step();
        switch (name, arguments)
        {
            case ("defined", []):
                return of is not TemplateUndefined;
            case ("undefined", []):
                return of is TemplateUndefined;
            case ("none", []):
                return of is null;
            case ("string", []):
                return of is string;
            case ("boolean", []):
                return of is bool;
            case ("integer", []):
                return of is long;
            case ("float", []):
                return of is double;
            case ("number", []):
                return of is long or double or bool;
            case ("mapping", []):
                return of is TemplateMap;
            case ("sequence", []) or ("iterable", []):
                return of is string or TemplateList or TemplateMap or TemplateUndefined;
            case ("callable", []):
                return of is TemplateMacro or TemplateMethod;
            case ("true", []):
                return of is true;
            case ("false", []):
                return of is false;
            case ("odd", []):
                return of is long odd && odd % 2 != 0;
            case ("even", []):
                return of is long even && even % 2 == 0;
            case ("divisibleby", [long by and not 0]):
                return of is long number && number % by == 0;
            case ("equalto" or "eq", [var other]):
                return AreEqual(of, other, 0);
            case ("ne", [var other]):
                return !AreEqual(of, other, 0);
            case ("in", [var all]):
                return Contains(line, all, of);
            default:
                throw TemplateFaults.Unsupported(line, $"the test {TokenizerFaults.Quote(name)} with {arguments.Count} values");
        }
    }
}
