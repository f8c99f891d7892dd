namespace ModelPack.Models.Tokenizers.Templates;

/// <summary>What a name stands for that stands for nothing. It prints as nothing, is false, and has no members.</summary>
internal sealed class TemplateUndefined
{
    private TemplateUndefined()
    {
    }

    public static TemplateUndefined Value { get; } = new();
}

/// <summary>A list.</summary>
internal sealed class TemplateList(IEnumerable<object?> items)
{
    public List<object?> Items { get; } = [.. items];
}

/// <summary>A mapping with names as keys, in the order in which they came.</summary>
internal sealed class TemplateMap
{
    private readonly Dictionary<string, object?> _values = [];

    public List<string> Keys { get; } = [];

    public object? this[string key]
    {
        get => _values[key];
        set
        {
            if (!_values.ContainsKey(key))
            {
                Keys.Add(key);
            }

            _values[key] = value;
        }
    }

    public bool TryGet(string key, out object? value) => _values.TryGetValue(key, out value);
}

/// <summary>namespace(…): the only thing whose members a template can set.</summary>
internal sealed class TemplateNamespace
{
    public Dictionary<string, object?> Members { get; } = [];
}

/// <summary>A macro, with the names that are known where it stands.</summary>
internal sealed record TemplateMacro(MacroNode Node, TemplateScope Scope);

/// <summary>Something of a value that can be called: "abc".split.</summary>
internal sealed record TemplateMethod(object? Of, string Name);

/// <summary>Names and what they stand for; a name that is not here is looked for outside.</summary>
internal sealed class TemplateScope(TemplateScope? outside)
{
    private readonly Dictionary<string, object?> _values = [];

    public void Set(string name, object? value) => _values[name] = value;

    public bool TryGet(string name, out object? value)
    {
        for (TemplateScope? scope = this; scope is not null; scope = scope.Outside)
        {
            if (scope._values.TryGetValue(name, out value))
            {
                return true;
            }
        }

        value = null;
        return false;
    }

    private TemplateScope? Outside { get; } = outside;
}
