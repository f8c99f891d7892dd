namespace ModelPack.Models.Tokenizers.Templates;

/// <summary>A statement of a template.</summary>
/// <param name="Line">Line in the template.</param>
internal abstract record TemplateNode(int Line);

/// <summary>Text as it is.</summary>
internal sealed record TextNode(int Line, string Text) : TemplateNode(Line);

/// <summary>{{ value }}.</summary>
internal sealed record PrintNode(int Line, TemplateExpression Value) : TemplateNode(Line);

/// <summary>{% if %} … {% elif %} … {% else %}: the first branch whose test is true; null is "else".</summary>
internal sealed record IfNode(int Line, IReadOnlyList<(TemplateExpression? Test, IReadOnlyList<TemplateNode> Body)> Branches) : TemplateNode(Line);

/// <summary>{% for names in items if test %} … {% else %}.</summary>
internal sealed record ForNode(
    int Line, IReadOnlyList<string> Names, TemplateExpression Items, TemplateExpression? Test,
    IReadOnlyList<TemplateNode> Body, IReadOnlyList<TemplateNode> Else) : TemplateNode(Line);

/// <summary>{% set name = value %}, or {% set name.member = value %} of a namespace.</summary>
internal sealed record SetNode(int Line, string Name, string? Member, TemplateExpression Value) : TemplateNode(Line);

/// <summary>{% set name %} … {% endset %}.</summary>
internal sealed record SetBlockNode(int Line, string Name, IReadOnlyList<TemplateNode> Body) : TemplateNode(Line);

/// <summary>{% macro name(parameters) %}.</summary>
internal sealed record MacroNode(
    int Line, string Name, IReadOnlyList<(string Name, TemplateExpression? Default)> Parameters, IReadOnlyList<TemplateNode> Body)
    : TemplateNode(Line);

/// <summary>{% break %} or {% continue %}.</summary>
internal sealed record LeaveNode(int Line, bool Breaks) : TemplateNode(Line);

/// <summary>An expression.</summary>
/// <param name="Line">Line in the template.</param>
internal abstract record TemplateExpression(int Line);

/// <summary>A literal: a string, a long, a double, a bool or null.</summary>
internal sealed record LiteralExpression(int Line, object? Value) : TemplateExpression(Line);

/// <summary>A variable.</summary>
internal sealed record NameExpression(int Line, string Name) : TemplateExpression(Line);

/// <summary>[a, b].</summary>
internal sealed record ListExpression(int Line, IReadOnlyList<TemplateExpression> Items) : TemplateExpression(Line);

/// <summary>{"a": b}.</summary>
internal sealed record MapExpression(int Line, IReadOnlyList<(TemplateExpression Key, TemplateExpression Value)> Items) : TemplateExpression(Line);

/// <summary>a.b or a["b"]: the first looks for methods before members, the second for members only.</summary>
internal sealed record MemberExpression(int Line, TemplateExpression Of, TemplateExpression Key, bool Dotted) : TemplateExpression(Line);

/// <summary>a[start:stop:step].</summary>
internal sealed record SliceExpression(
    int Line, TemplateExpression Of, TemplateExpression? Start, TemplateExpression? Stop, TemplateExpression? Step) : TemplateExpression(Line);

/// <summary>a(…).</summary>
internal sealed record CallExpression(int Line, TemplateExpression Of, TemplateArguments Arguments) : TemplateExpression(Line);

/// <summary>a | name(…).</summary>
internal sealed record FilterExpression(int Line, TemplateExpression Of, string Name, TemplateArguments Arguments) : TemplateExpression(Line);

/// <summary>a is name(…), or a is not.</summary>
internal sealed record TestExpression(int Line, TemplateExpression Of, string Name, TemplateArguments Arguments, bool Negated)
    : TemplateExpression(Line);

/// <summary>Two values and a sign; "and", "or", "in" and "not in" too.</summary>
internal sealed record BinaryExpression(int Line, string Sign, TemplateExpression Left, TemplateExpression Right) : TemplateExpression(Line);

/// <summary>"not", "-" or "+" before a value.</summary>
internal sealed record UnaryExpression(int Line, string Sign, TemplateExpression Of) : TemplateExpression(Line);

/// <summary>a if test else b; without "else" the other value is undefined.</summary>
internal sealed record ChooseExpression(int Line, TemplateExpression Test, TemplateExpression Then, TemplateExpression? Else)
    : TemplateExpression(Line);

/// <summary>Arguments of a call, by place and by name.</summary>
internal sealed record TemplateArguments(
    IReadOnlyList<TemplateExpression> Positional, IReadOnlyList<(string Name, TemplateExpression Value)> Named)
{
    public static TemplateArguments None { get; } = new([], []);
}
