using System.Text;

namespace ModelPack.Models.Tokenizers.Templates;

/// <summary>Runs a parsed template. Templates come from strangers: steps, depth and the length of texts are bounded.</summary>
/// <remarks>
/// Nothing but the values given can be reached; there is no clock: strftime_now tells a fixed day, so that the same conversation gives
/// the same text always. Source of meanings: Jinja's Template Designer Documentation.
/// </remarks>
internal sealed partial class TemplateRunner
{
    /// <summary>No text in a template becomes longer.</summary>
    public const int MaxText = 64 << 20;

    private const long MaxSteps = 20_000_000;

    private const int MaxDepth = 100;

    private const int MaxItems = 1_000_000;

    private long _steps;
    private int _depth;

    private enum Leaving
    {
        No,
        Break,
        Continue,
    }

    /// <summary>Renders a template.</summary>
    /// <param name="nodes">The template.</param>
    /// <param name="variables">Names that it may use.</param>
    /// <exception cref="ModelPackException">The template refuses, fails, or takes too many steps.</exception>
    public static string Render(IReadOnlyList<TemplateNode> nodes, IEnumerable<KeyValuePair<string, object?>> variables)
    {
        TemplateScope scope = new(null);
        foreach ((string name, object? value) in variables)
        {
            scope.Set(name, value);
        }

        StringBuilder output = new();
        new TemplateRunner().Run(nodes, scope, output);
        return output.ToString();
    }

    private Leaving Run(IReadOnlyList<TemplateNode> nodes, TemplateScope scope, StringBuilder output)
    {
        foreach (TemplateNode node in nodes)
        {
            Step();
            Leaving leaving = Run(node, scope, output);
            if (leaving != Leaving.No)
            {
                return leaving;
            }
        }

        return Leaving.No;
    }

    private Leaving Run(TemplateNode node, TemplateScope scope, StringBuilder output)
    {
        switch (node)
        {
            case TextNode text:
                Append(output, text.Text);
                return Leaving.No;
            case PrintNode print:
                Append(output, Print(print.Line, Value(print.Value, scope)));
                return Leaving.No;
            case SetNode set:
                Set(set, scope);
                return Leaving.No;
            case SetBlockNode set:
                StringBuilder block = new();
                Run(set.Body, scope, block);
                scope.Set(set.Name, block.ToString());
                return Leaving.No;
            case MacroNode macro:
                scope.Set(macro.Name, new TemplateMacro(macro, scope));
                return Leaving.No;
            case LeaveNode leave:
                return leave.Breaks ? Leaving.Break : Leaving.Continue;
            case ForNode loop:
                RunLoop(loop, scope, output);
                return Leaving.No;
            case IfNode choice:
                foreach ((TemplateExpression? test, IReadOnlyList<TemplateNode> body) in choice.Branches)
                {
                    if (test is null || IsTrue(Value(test, scope)))
                    {
                        return Run(body, scope, output);
                    }
                }

                return Leaving.No;
            default:
                throw new InvalidOperationException($"a statement of type {node.GetType()}");
        }
    }

    private void Set(SetNode set, TemplateScope scope)
    {
        object? value = Value(set.Value, scope);
        if (set.Member is null)
        {
            scope.Set(set.Name, value);
        }
        else if (scope.TryGet(set.Name, out object? of) && of is TemplateNamespace space)
        {
            space.Members[set.Member] = value;
        }
        else
        {
            throw TemplateFaults.Wrong(set.Line, $"{TokenizerFaults.Quote(set.Name)} is no namespace, so its members cannot be set");
        }
    }

    private void RunLoop(ForNode loop, TemplateScope scope, StringBuilder output)
    {
        List<TemplateScope> turns = [];
        List<object?> items = [];
        foreach (object? item in Items(loop.Line, Value(loop.Items, scope)))
        {
            Step();
            TemplateScope inner = new(scope);
            Bind(loop, item, inner);
            if (loop.Test is null || IsTrue(Value(loop.Test, inner)))
            {
                turns.Add(inner);
                items.Add(item);
            }
        }

        for (int i = 0; i < turns.Count; i++)
        {
            turns[i].Set("loop", Loop(items, i));
            if (Run(loop.Body, turns[i], output) == Leaving.Break)
            {
                break;
            }
        }

        if (turns.Count == 0)
        {
            Run(loop.Else, new TemplateScope(scope), output);
        }
    }

    private static void Bind(ForNode loop, object? item, TemplateScope scope)
    {
        if (loop.Names.Count == 1)
        {
            scope.Set(loop.Names[0], item);
            return;
        }

        if (item is not TemplateList parts || parts.Items.Count != loop.Names.Count)
        {
            throw TemplateFaults.Wrong(loop.Line, $"{Describe(item)} cannot be taken apart into {loop.Names.Count} values");
        }

        for (int i = 0; i < loop.Names.Count; i++)
        {
            scope.Set(loop.Names[i], parts.Items[i]);
        }
    }

    private static TemplateMap Loop(List<object?> items, int index) => new()
    {
        ["index"] = index + 1L,
        ["index0"] = (long)index,
        ["revindex"] = (long)(items.Count - index),
        ["revindex0"] = items.Count - index - 1L,
        ["first"] = index == 0,
        ["last"] = index == items.Count - 1,
        ["length"] = (long)items.Count,
        ["previtem"] = index > 0 ? items[index - 1] : TemplateUndefined.Value,
        ["nextitem"] = index < items.Count - 1 ? items[index + 1] : TemplateUndefined.Value,
    };

    private string Call(int line, TemplateMacro macro, List<object?> positional, List<(string Name, object? Value)> named)
    {
        if (++_depth > MaxDepth)
        {
            throw TemplateFaults.TooLarge("calls within calls", MaxDepth);
        }

        IReadOnlyList<(string Name, TemplateExpression? Default)> parameters = macro.Node.Parameters;
        if (positional.Count > parameters.Count)
        {
            throw TemplateFaults.Wrong(line, $"{macro.Node.Name} is given {positional.Count} values and takes {parameters.Count}");
        }

        TemplateScope scope = new(macro.Scope);
        for (int i = 0; i < parameters.Count; i++)
        {
            int place = named.FindIndex(n => n.Name == parameters[i].Name);
            object? value = i < positional.Count ? positional[i]
                : place >= 0 ? named[place].Value
                : parameters[i].Default is { } standard ? Value(standard, scope) : TemplateUndefined.Value;
            scope.Set(parameters[i].Name, value);
        }

        if (named.Find(n => !parameters.Any(p => p.Name == n.Name)).Name is { } unknown)
        {
            throw TemplateFaults.Wrong(line, $"{macro.Node.Name} has no parameter {TokenizerFaults.Quote(unknown)}");
        }

        StringBuilder output = new();
        Run(macro.Node.Body, scope, output);
        _depth--;
        return output.ToString();
    }

    private static void Append(StringBuilder output, string text)
    {
        if (output.Length + (long)text.Length > MaxText)
        {
            throw TemplateFaults.TooLarge("characters put out", MaxText);
        }

        output.Append(text);
    }

    private void Step()
    {
        if (++_steps > MaxSteps)
        {
            throw TemplateFaults.TooLarge("steps", MaxSteps);
        }
    }
}
