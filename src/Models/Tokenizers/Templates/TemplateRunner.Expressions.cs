namespace ModelPack.Models.Tokenizers.Templates;

/// <content>Expressions.</content>
internal sealed partial class TemplateRunner
{
    private object? Value(TemplateExpression expression, TemplateScope scope)
    {
        Step();
        switch (expression)
        {
            case LiteralExpression literal:
                return literal.Value;
            case NameExpression name:
                return scope.TryGet(name.Name, out object? value) ? value
                    : IsFunction(name.Name) ? new TemplateMethod(null, name.Name) : TemplateUndefined.Value;
            case ListExpression list:
                return new TemplateList(list.Items.Select(i => Value(i, scope)));
            case MapExpression map:
                TemplateMap made = new();
                foreach ((TemplateExpression key, TemplateExpression item) in map.Items)
                {
                    made[Value(key, scope) as string ?? throw TemplateFaults.Unsupported(map.Line, "a key that is no text")] = Value(item, scope);
                }

                return made;
            case MemberExpression member:
                return Member(member.Line, Value(member.Of, scope), Value(member.Key, scope), member.Dotted);
            case SliceExpression slice:
                return Slice(slice, scope);
            case CallExpression call:
                return Call(call, scope);
            case FilterExpression filter:
                object? of = Value(filter.Of, scope);
                return Filter(filter.Line, of, filter.Name, Positional(filter.Arguments, scope), Named(filter.Arguments, scope));
            case TestExpression test:
                return Test(test.Line, Value(test.Of, scope), test.Name, Positional(test.Arguments, scope)) != test.Negated;
            case BinaryExpression binary:
                return Binary(binary, scope);
            case UnaryExpression unary:
                return Unary(unary, Value(unary.Of, scope));
            case ChooseExpression choose:
                return IsTrue(Value(choose.Test, scope)) ? Value(choose.Then, scope)
                    : choose.Else is null ? TemplateUndefined.Value : Value(choose.Else, scope);
            default:
                throw new InvalidOperationException($"an expression of type {expression.GetType()}");
        }
    }

    private List<object?> Positional(TemplateArguments arguments, TemplateScope scope) =>
        [.. arguments.Positional.Select(a => Value(a, scope))];

    private List<(string Name, object? Value)> Named(TemplateArguments arguments, TemplateScope scope) =>
        [.. arguments.Named.Select(a => (a.Name, Value(a.Value, scope)))];

    private object? Call(CallExpression call, TemplateScope scope)
    {
        object? of = Value(call.Of, scope);
        List<object?> positional = Positional(call.Arguments, scope);
        List<(string Name, object? Value)> named = Named(call.Arguments, scope);
        return of switch
        {
            TemplateMacro macro => Call(call.Line, macro, positional, named),
            TemplateMethod { Of: null } function => Function(call.Line, function.Name, positional, named),
            TemplateMethod method => Method(call.Line, method.Of!, method.Name, positional, named),
            _ => throw TemplateFaults.Wrong(call.Line, $"{Describe(of)} cannot be called"),
        };
    }

    private static object? Member(int line, object? of, object? key, bool dotted = false)
    {
        switch (of, key)
        {
            case (TemplateMap, string name) when dotted && IsMethod(of, name):
                return new TemplateMethod(of, name);
            case (TemplateMap map, string name):
                return map.TryGet(name, out object? value) ? value : TemplateUndefined.Value;
            case (TemplateNamespace space, string name):
                return space.Members.TryGetValue(name, out value) ? value : TemplateUndefined.Value;
            case (TemplateList list, long index):
                index += index < 0 ? list.Items.Count : 0;
                return index >= 0 && index < list.Items.Count ? list.Items[(int)index] : TemplateUndefined.Value;
            case (string text, long index):
                return At(text, index) ?? (object)TemplateUndefined.Value;
            case (string or TemplateList, string name) when dotted && IsMethod(of!, name):
                return new TemplateMethod(of, name);
            case (TemplateUndefined, _):
                throw TemplateFaults.Wrong(line, $"{TokenizerFaults.Quote($"{key}")} is asked of something undefined");
            default:
                return TemplateUndefined.Value;
        }
    }

    private object? Slice(SliceExpression slice, TemplateScope scope)
    {
        object? of = Value(slice.Of, scope);
        long? start = Bound(slice.Line, slice.Start, scope);
        long? stop = Bound(slice.Line, slice.Stop, scope);
        long step = Bound(slice.Line, slice.Step, scope) ?? 1;
        if (step == 0)
        {
            throw TemplateFaults.Wrong(slice.Line, "a slice with steps of 0");
        }

        return of switch
        {
            TemplateList list => new TemplateList(Indices(list.Items.Count, start, stop, step).Select(i => list.Items[i])),
            string text => Slice(text, start, stop, step),
            _ => throw TemplateFaults.Wrong(slice.Line, $"a slice of {Describe(of)}"),
        };
    }

    private long? Bound(int line, TemplateExpression? expression, TemplateScope scope) =>
        expression is null ? null : Value(expression, scope) switch
        {
            null => null,
            long number => number,
            var other => throw TemplateFaults.Wrong(line, $"a slice up to {Describe(other)}"),
        };

    private static IEnumerable<int> Indices(int count, long? start, long? stop, long step)
    {
        long from = Math.Clamp(Positive(start, count) ?? (step > 0 ? 0 : count - 1), step > 0 ? 0 : -1, step > 0 ? count : count - 1);
        long to = Math.Clamp(Positive(stop, count) ?? (step > 0 ? count : -1), -1, count);
        for (long i = from; step > 0 ? i < to : i > to; i += step)
        {
            yield return (int)i;
        }
    }

    private static long? Positive(long? bound, int count) => bound < 0 ? Math.Max(bound.Value + count, -1) : bound;

    private object? Binary(BinaryExpression binary, TemplateScope scope)
    {
        object? left = Value(binary.Left, scope);
        if (binary.Sign is "and" or "or")
        {
            return IsTrue(left) == (binary.Sign == "or") ? left : Value(binary.Right, scope);
        }

        object? right = Value(binary.Right, scope);
        switch (binary.Sign)
        {
            case "==":
                return AreEqual(left, right, 0);
            case "!=":
                return !AreEqual(left, right, 0);
            case "in":
                return Contains(binary.Line, right, left);
            case "not in":
                return !Contains(binary.Line, right, left);
            case "~":
                return Joined(Print(binary.Line, left), Print(binary.Line, right));
            case "+" when left is string first && right is string second:
                return Joined(first, second);
            case "+" when left is TemplateList first && right is TemplateList second:
                return first.Items.Count + second.Items.Count <= MaxItems
                    ? new TemplateList([.. first.Items, .. second.Items])
                    : throw TemplateFaults.TooLarge("values in a list", MaxItems);
            default:
                return Arithmetic(binary, left, right);
        }
    }

    private static object Arithmetic(BinaryExpression binary, object? left, object? right)
    {
        if (left is string a && right is string b && binary.Sign is "<" or ">" or "<=" or ">=")
        {
            return Ordered(binary.Sign, CompareRunes((string)left!, (string)right!));
        }

        if (Number(left) is not { } x || Number(right) is not { } y)
        {
            throw TemplateFaults.Wrong(binary.Line, $"{Describe(left)} {binary.Sign} {Describe(right)}");
        }

        bool whole = left is long or bool && right is long or bool;
        if (binary.Sign is "<" or ">" or "<=" or ">=")
        {
            return Ordered(binary.Sign, x.CompareTo(y));
        }

        if (binary.Sign is "/" or "//" or "%" && y == 0)
        {
            throw TemplateFaults.Wrong(binary.Line, "a division by 0");
        }

        if (!whole || binary.Sign == "/")
        {
            return binary.Sign switch
            {
                "+" => x + y,
                "-" => x - y,
                "*" => x * y,
                "/" => x / y,
                "//" => Math.Floor(x / y),
                _ => x - (Math.Floor(x / y) * y),
            };
        }

        try
        {
            long m = Whole(left);
            long n = Whole(right);
            return binary.Sign switch
            {
                "+" => checked(m + n),
                "-" => checked(m - n),
                "*" => checked(m * n),
                "//" => (long)Math.Floor((decimal)m / n),
                _ => (long)(m - (Math.Floor((decimal)m / n) * n)),
            };
        }
        catch (OverflowException)
        {
            throw TemplateFaults.Wrong(binary.Line, "a number of more than 64 bits");
        }
    }

    private static bool Ordered(string sign, int order) => sign switch
    {
        "<" => order < 0,
        ">" => order > 0,
        "<=" => order <= 0,
        _ => order >= 0,
    };

    private static object? Unary(UnaryExpression unary, object? value) => (unary.Sign, value) switch
    {
        ("not", _) => !IsTrue(value),
        ("-", long number and > long.MinValue) => -number,
        ("-", double number) => -number,
        ("+", long or double) => value,
        _ => throw TemplateFaults.Wrong(unary.Line, $"{unary.Sign} {Describe(value)}"),
    };

    private static string Joined(string first, string second) =>
        first.Length + (long)second.Length <= MaxText ? first + second : throw TemplateFaults.TooLarge("characters in a text", MaxText);
}
