using System.Globalization;

namespace ModelPack.Models.Tokenizers.Templates;

/// <content>Expressions, in Jinja's order of precedence.</content>
internal sealed partial class TemplateParser
{
    private static readonly string[] Comparisons = ["==", "!=", "<", ">", "<=", ">="];

    private static readonly string[] Keywords = ["and", "or", "not", "if", "else", "is", "in"];

    private TemplateExpression Expression()
    {
        Enter();
        TemplateExpression value = Or();
        while (Current is { Kind: TemplateTokenKind.Name, Text: "if" })
        {
            int line = Next().Line;
            TemplateExpression test = Or();
            value = new ChooseExpression(line, test, value, TakeName("else") ? Expression() : null);
        }

        _depth--;
        return value;
    }

    private TemplateExpression Or()
    {
        TemplateExpression left = And();
        while (Current is { Kind: TemplateTokenKind.Name, Text: "or" })
        {
            left = new BinaryExpression(Next().Line, "or", left, And());
        }

        return left;
    }

    private TemplateExpression And()
    {
        TemplateExpression left = Not();
        while (Current is { Kind: TemplateTokenKind.Name, Text: "and" })
        {
            left = new BinaryExpression(Next().Line, "and", left, Not());
        }

        return left;
    }

    private TemplateExpression Not()
    {
        if (Current is not { Kind: TemplateTokenKind.Name, Text: "not" })
        {
            return Comparison();
        }

        Enter();
        UnaryExpression value = new(Next().Line, "not", Not());
        _depth--;
        return value;
    }

    private TemplateExpression Comparison()
    {
        TemplateExpression left = Sum();
        int count = 0;
        while (true)
        {
            int line = Current.Line;
            string? sign = Current.Kind == TemplateTokenKind.Sign && Comparisons.Contains(Current.Text) ? Next().Text
                : TakeName("in") ? "in"
                : Current.Text == "not" && _tokens[_at + 1].Text == "in" ? "not in" : null;
            if (sign is null)
            {
                return left;
            }

            if (count++ > 0)
            {
                throw TemplateFaults.Unsupported(line, "a chain of comparisons");
            }

            _at += sign == "not in" ? 2 : 0;
            left = new BinaryExpression(line, sign, left, Sum());
        }
    }

    private TemplateExpression Sum() => Binary(["+", "-"], Concatenation);

    private TemplateExpression Concatenation() => Binary(["~"], Product);

    private TemplateExpression Product() => Binary(["*", "/", "//", "%"], Unary);

    private TemplateExpression Binary(string[] signs, Func<TemplateExpression> operand)
    {
        TemplateExpression left = operand();
        while (Current.Kind == TemplateTokenKind.Sign && signs.Contains(Current.Text))
        {
            TemplateToken sign = Next();
            left = new BinaryExpression(sign.Line, sign.Text, left, operand());
        }

        return left;
    }

    private TemplateExpression Unary()
    {
        if (Current is { Kind: TemplateTokenKind.Sign, Text: "-" or "+" })
        {
            Enter();
            TemplateToken sign = Next();
            TemplateExpression value = Filtered(new UnaryExpression(sign.Line, sign.Text, Postfix(Primary())));
            _depth--;
            return value;
        }

        return Filtered(Postfix(Primary()));
    }

    private TemplateExpression Primary()
    {
        TemplateToken token = Next();
        switch (token.Kind)
        {
            case TemplateTokenKind.String:
                string text = token.Text;
                while (Current.Kind == TemplateTokenKind.String)
                {
                    text += Next().Text;
                }

                return new LiteralExpression(token.Line, text);
            case TemplateTokenKind.Integer:
                return long.TryParse(token.Text, NumberStyles.None, CultureInfo.InvariantCulture, out long number)
                    ? new LiteralExpression(token.Line, number)
                    : throw TemplateFaults.Unsupported(token.Line, "a number of more than 64 bits");
            case TemplateTokenKind.Float:
                return new LiteralExpression(token.Line, double.Parse(token.Text, CultureInfo.InvariantCulture));
            case TemplateTokenKind.Name:
                return token.Text switch
                {
                    "true" or "True" => new LiteralExpression(token.Line, true),
                    "false" or "False" => new LiteralExpression(token.Line, false),
                    "none" or "None" => new LiteralExpression(token.Line, null),
                    _ when Keywords.Contains(token.Text) => throw TemplateFaults.Syntax(token.Line, TokenizerFaults.Quote(token.Text), "a value"),
                    _ => new NameExpression(token.Line, token.Text),
                };
            case TemplateTokenKind.Sign when token.Text == "(":
                TemplateExpression inner = Expression();
                if (Current.Text == ",")
                {
                    throw TemplateFaults.Unsupported(token.Line, "a tuple");
                }

                ExpectSign(")");
                return inner;
            case TemplateTokenKind.Sign when token.Text == "[":
                return new ListExpression(token.Line, Items("]", Expression));
            case TemplateTokenKind.Sign when token.Text == "{":
                return new MapExpression(token.Line, Items("}", () =>
                {
                    TemplateExpression key = Expression();
                    ExpectSign(":");
                    return (key, Expression());
                }));
            default:
                throw TemplateFaults.Syntax(token.Line, token.Text.Length > 0 ? TokenizerFaults.Quote(token.Text) : "the end of a part", "a value");
        }
    }

    private List<T> Items<T>(string close, Func<T> item)
    {
        List<T> items = [];
        while (!TakeSign(close))
        {
            items.Add(item());
            if (!TakeSign(",") && Current.Text != close)
            {
                throw Unexpected($"',' or '{close}'");
            }
        }

        return items;
    }

    private TemplateExpression Postfix(TemplateExpression value)
    {
        for (int count = 0; ; count++)
        {
            if (count > MaxDepth)
            {
                throw TemplateFaults.TooLarge("members of members", MaxDepth);
            }

            int line = Current.Line;
            if (TakeSign("."))
            {
                value = new MemberExpression(line, value, new LiteralExpression(line, Name()), Dotted: true);
            }
            else if (TakeSign("["))
            {
                value = Subscript(line, value);
            }
            else if (TakeSign("("))
            {
                value = new CallExpression(line, value, Arguments());
            }
            else
            {
                return value;
            }
        }
    }

    private TemplateExpression Subscript(int line, TemplateExpression of)
    {
        TemplateExpression? start = Current.Text == ":" && Current.Kind == TemplateTokenKind.Sign ? null : Expression();
        if (start is not null && TakeSign("]"))
        {
            return new MemberExpression(line, of, start, Dotted: false);
        }

        ExpectSign(":");
        TemplateExpression? stop = IsSign(":") || IsSign("]") ? null : Expression();
        TemplateExpression? step = TakeSign(":") && !IsSign("]") ? Expression() : null;
        ExpectSign("]");
        return new SliceExpression(line, of, start, stop, step);
    }

    private bool IsSign(string sign) => Current.Kind == TemplateTokenKind.Sign && Current.Text == sign;

    /// <summary>Arguments after "(".</summary>
    private TemplateArguments Arguments()
    {
        List<TemplateExpression> positional = [];
        List<(string, TemplateExpression)> named = [];
        Items(")", () =>
        {
            if (Current.Kind == TemplateTokenKind.Name && _tokens[_at + 1] is { Kind: TemplateTokenKind.Sign, Text: "=" })
            {
                string name = Next().Text;
                _at++;
                named.Add((name, Expression()));
            }
            else
            {
                positional.Add(Expression());
            }

            return true;
        });
        return new TemplateArguments(positional, named);
    }

    private TemplateExpression Filtered(TemplateExpression value)
    {
        for (int count = 0; ; count++)
        {
            if (count > MaxDepth)
            {
                throw TemplateFaults.TooLarge("filters of filters", MaxDepth);
            }

            int line = Current.Line;
            if (TakeSign("|"))
            {
                string name = Name();
                value = Postfix(new FilterExpression(line, value, name, TakeSign("(") ? Arguments() : TemplateArguments.None));
            }
            else if (TakeName("is"))
            {
                bool negated = TakeName("not");
                string name = Name();
                value = new TestExpression(line, value, name, TestArguments(), negated);
            }
            else
            {
                return value;
            }
        }
    }

    /// <summary>A test's arguments: in brackets, or one value without.</summary>
    private TemplateArguments TestArguments()
    {
        if (TakeSign("("))
        {
            return Arguments();
        }

        bool value = Current.Kind is TemplateTokenKind.String or TemplateTokenKind.Integer or TemplateTokenKind.Float
            || IsSign("[") || (Current.Kind == TemplateTokenKind.Name && !Keywords.Contains(Current.Text));
        return value ? new TemplateArguments([Postfix(Primary())], []) : TemplateArguments.None;
    }
}
