namespace ModelPack.Models.Tokenizers.Templates;

/// <summary>Parses the part of Jinja that chat templates use; what is not known is refused by name.</summary>
internal sealed partial class TemplateParser
{
    private const int MaxDepth = 150;

    private readonly List<TemplateToken> _tokens;
    private int _at;
    private int _depth;

    private TemplateParser(List<TemplateToken> tokens) => _tokens = tokens;

    private TemplateToken Current => _tokens[_at];

    /// <summary>Parses a template.</summary>
    /// <exception cref="InvalidCheckpointException">Broken.</exception>
    /// <exception cref="UnsupportedModelException">A statement or a construct that is not known here.</exception>
    public static IReadOnlyList<TemplateNode> Parse(string template)
    {
        TemplateParser parser = new(TemplateLexer.Read(template));
        List<TemplateNode> nodes = parser.Body();
        return parser.Current.Kind == TemplateTokenKind.End ? nodes : throw parser.Unexpected("the end of the template");
    }

    /// <summary>Statements up to one that ends or continues what is around them; its "{%" is not taken.</summary>
    private List<TemplateNode> Body()
    {
        Enter();
        List<TemplateNode> nodes = [];
        while (Current.Kind != TemplateTokenKind.End)
        {
            int line = Current.Line;
            if (Current.Kind == TemplateTokenKind.Text)
            {
                nodes.Add(new TextNode(line, Next().Text));
            }
            else if (Current.Kind == TemplateTokenKind.PrintStart)
            {
                _at++;
                nodes.Add(new PrintNode(line, Expression()));
                Expect(TemplateTokenKind.PrintEnd, "'}}'");
            }
            else
            {
                string name = _tokens[_at + 1].Text;
                if (name is "elif" or "else" || name.StartsWith("end", StringComparison.Ordinal))
                {
                    break;
                }

                _at += 2;
                nodes.AddRange(Statement(name, line));
            }
        }

        _depth--;
        return nodes;
    }

    private List<TemplateNode> Statement(string name, int line)
    {
        switch (name)
        {
            case "if":
                return [If(line)];
            case "for":
                return [For(line)];
            case "set":
                return [Set(line)];
            case "macro":
                return [Macro(line)];
            case "break" or "continue":
                CloseBlock();
                return [new LeaveNode(line, name == "break")];
            case "generation":
                // Marks what the model has said; nothing of it is seen in the text.
                CloseBlock();
                List<TemplateNode> body = Body();
                End("endgeneration");
                return body;
            default:
                throw TemplateFaults.Unsupported(line, $"the statement {TokenizerFaults.Quote(name)}");
        }
    }

    private IfNode If(int line)
    {
        List<(TemplateExpression?, IReadOnlyList<TemplateNode>)> branches = [];
        TemplateExpression? test = Expression();
        while (true)
        {
            CloseBlock();
            branches.Add((test, Body()));
            string name = OpenBlock();
            if (name == "endif")
            {
                CloseBlock();
                return new IfNode(line, branches);
            }

            test = test is null ? throw Unexpected("'endif'")
                : name == "elif" ? Expression()
                : name == "else" ? null : throw Unexpected("'elif', 'else' or 'endif'");
        }
    }

    private ForNode For(int line)
    {
        List<string> names = [Name()];
        while (TakeSign(","))
        {
            names.Add(Name());
        }

        if (!TakeName("in"))
        {
            throw Unexpected("'in'");
        }

        TemplateExpression items = Or();
        TemplateExpression? test = TakeName("if") ? Expression() : null;
        CloseBlock();
        List<TemplateNode> body = Body();
        List<TemplateNode> other = [];
        string name = OpenBlock();
        if (name == "else")
        {
            CloseBlock();
            other = Body();
            name = OpenBlock();
        }

        CloseBlock();
        return name == "endfor" ? new ForNode(line, names, items, test, body, other) : throw Unexpected("'endfor'");
    }

    private TemplateNode Set(int line)
    {
        string name = Name();
        string? member = TakeSign(".") ? Name() : null;
        if (TakeSign("="))
        {
            TemplateExpression value = Expression();
            if (Current is { Kind: TemplateTokenKind.Sign, Text: "," })
            {
                throw TemplateFaults.Unsupported(line, "a tuple");
            }

            CloseBlock();
            return new SetNode(line, name, member, value);
        }

        if (member is not null)
        {
            throw Unexpected("'='");
        }

        CloseBlock();
        List<TemplateNode> body = Body();
        End("endset");
        return new SetBlockNode(line, name, body);
    }

    private MacroNode Macro(int line)
    {
        string name = Name();
        List<(string, TemplateExpression?)> parameters = [];
        ExpectSign("(");
        while (!TakeSign(")"))
        {
            string parameter = Name();
            parameters.Add((parameter, TakeSign("=") ? Expression() : null));
            if (!TakeSign(",") && Current.Text != ")")
            {
                throw Unexpected("',' or ')'");
            }
        }

        CloseBlock();
        List<TemplateNode> body = Body();
        End("endmacro");
        return new MacroNode(line, name, parameters, body);
    }

    private void End(string name)
    {
        string found = OpenBlock();
        CloseBlock();
        if (found != name)
        {
            throw Unexpected($"'{name}'");
        }
    }

    private string OpenBlock()
    {
        Expect(TemplateTokenKind.BlockStart, "'{%'");
        return Name();
    }

    private void CloseBlock() => Expect(TemplateTokenKind.BlockEnd, "'%}'");

    private string Name() => Current.Kind == TemplateTokenKind.Name ? Next().Text : throw Unexpected("a name");

    private TemplateToken Next() => _tokens[_at++];

    private bool TakeSign(string sign) => Take(TemplateTokenKind.Sign, sign);

    private bool TakeName(string name) => Take(TemplateTokenKind.Name, name);

    private bool Take(TemplateTokenKind kind, string text)
    {
        bool takes = Current.Kind == kind && Current.Text == text;
        _at += takes ? 1 : 0;
        return takes;
    }

    private void Expect(TemplateTokenKind kind, string expected)
    {
        if (Current.Kind != kind)
        {
            throw Unexpected(expected);
        }

        _at++;
    }

    private void ExpectSign(string sign)
    {
        if (!TakeSign(sign))
        {
            throw Unexpected($"'{sign}'");
        }
    }

    private void Enter()
    {
        if (++_depth > MaxDepth)
        {
            throw TemplateFaults.TooLarge("levels of nesting", MaxDepth);
        }
    }

    private InvalidCheckpointException Unexpected(string expected) =>
        TemplateFaults.Syntax(Current.Line, Current.Text.Length > 0 ? TokenizerFaults.Quote(Current.Text) : "the end of a part", expected);
}
