namespace ModelPack.Licensing.Guards;

/// <summary>
/// Reads guards: <c>or</c> of <c>and</c> of optional <c>not</c> of a flag, <c>NUMBER_FACT &gt; 1_000</c> (also &gt;=, &lt;, &lt;=),
/// <c>FACT in [A, B]</c>, <c>FACT starts "text"</c>, or a guard in parentheses.
/// </summary>
public sealed class GuardParser
{
    private const int MaxDepth = 32;
    private readonly IReadOnlyList<GuardToken> _tokens;
    private int _next;
    private int _depth;

    private GuardParser(string text) => _tokens = GuardTokenizer.Cut(text);

    private GuardToken Current => _tokens[_next];

    /// <exception cref="GuardSyntaxException">The text is no guard, or names a fact that <see cref="FactDefinition.All"/> lacks.</exception>
    public static Guard Parse(string text)
    {
        GuardParser parser = new(text);
        Guard guard = parser.Or();
        return parser.Current.Kind == GuardTokenKind.End ? guard : throw parser.Fault("expected 'and', 'or' or the end");
    }

    private Guard Or()
    {
        Guard left = And();
        while (Take("or"))
        {
            left = new Guard.Both(left, And(), Truth.True);
        }

        return left;
    }

    private Guard And()
    {
        Guard left = Unary();
        while (Take("and"))
        {
            left = new Guard.Both(left, Unary(), Truth.False);
        }

        return left;
    }

    private Guard Unary()
    {
        if (++_depth > MaxDepth)
        {
            throw Fault($"nested deeper than {MaxDepth}");
        }

        Guard guard = Take("not") ? new Guard.Not(Unary()) : Take("(") ? Closed(Or()) : Test();
        _depth--;
        return guard;
    }

    private Guard Closed(Guard inner)
    {
        Expect(")");
        return inner;
    }

    private Guard.Test Test()
    {
        GuardToken word = Expect(GuardTokenKind.Word, "a fact");
        FactDefinition fact = FactDefinition.Find(word.Text)
            ?? throw new GuardSyntaxException($"there is no fact \"{word.Text}\"", word.Position);
        return new(fact.Name, fact.Kind switch
        {
            FactKind.Flag => static value => value.Flag,
            FactKind.Number => Comparison(),
            FactKind.Places => In(Territory.Touches, Territory.Parse),
            FactKind.Words => In(string.Equals, static word => word),
            _ => TextTest(),
        });
    }

    private Func<FactValue, bool> Comparison()
    {
        GuardToken sign = Expect(GuardTokenKind.Sign, "a comparison");
        decimal limit = FactValue.Parse(FactKind.Number, Expect(GuardTokenKind.Number, "a number").Text).Number;
        return sign.Text switch
        {
            ">" => value => value.Number > limit,
            ">=" => value => value.Number >= limit,
            "<" => value => value.Number < limit,
            "<=" => value => value.Number <= limit,
            _ => throw new GuardSyntaxException("expected >, >=, < or <=", sign.Position),
        };
    }

    private Func<FactValue, bool> In(Func<string, string, bool> matches, Func<string, string> read)
    {
        Expect("in");
        Expect("[");
        List<string> wanted = [];
        do
        {
            wanted.Add(read(Expect(GuardTokenKind.Word, "a value").Text));
        }
        while (Take(","));
        Expect("]");
        return value => value.Words.Any(word => wanted.Any(area => matches(word, area)));
    }

    private Func<FactValue, bool> TextTest()
    {
        Expect("starts");
        string start = Expect(GuardTokenKind.Quoted, "a quoted text").Text;
        return value => value.Words[0].StartsWith(start, StringComparison.OrdinalIgnoreCase);
    }

    private bool Take(string text)
    {
        bool found = Current.Kind is GuardTokenKind.Word or GuardTokenKind.Sign && Current.Text == text;
        _next += found ? 1 : 0;
        return found;
    }

    private void Expect(string text)
    {
        if (!Take(text))
        {
            throw Fault($"expected '{text}'");
        }
    }

    private GuardToken Expect(GuardTokenKind kind, string what)
    {
        GuardToken token = Current;
        if (token.Kind != kind)
        {
            throw Fault($"expected {what}");
        }

        _next++;
        return token;
    }

    private GuardSyntaxException Fault(string message) => new(message, Current.Position);
}
