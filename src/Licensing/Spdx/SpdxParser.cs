namespace ModelPack.Licensing.Spdx;

/// <summary>Builds the tree of a license expression; WITH binds closest, then AND, then OR.</summary>
internal sealed class SpdxParser(IReadOnlyList<SpdxToken> tokens)
{
    private const int MaxDepth = 128;

    private int _at;
    private int _depth;

    /// <summary>The first fault, or null.</summary>
    public SpdxFault? Fault { get; private set; }

    private SpdxToken Current => tokens[_at];

    /// <summary>The tree; null or incomplete when there is a fault.</summary>
    public SpdxExpression? Parse()
    {
        SpdxExpression? expression = ParseOr();
        if (Fault is null && Current.Kind != SpdxTokenKind.End)
        {
            Fail(Current.Kind == SpdxTokenKind.Close ? "')' without '('" : $"expected AND, OR or WITH, got {Shown(Current)}");
        }

        return expression;
    }

    private SpdxExpression? ParseOr()
    {
        SpdxExpression? left = ParseAnd();
        while (left is not null && Take(SpdxTokenKind.Or))
        {
            left = ParseAnd() is SpdxExpression right ? new SpdxOr(left, right) : null;
        }

        return left;
    }

    private SpdxExpression? ParseAnd()
    {
        SpdxExpression? left = ParseOperand();
        while (left is not null && Take(SpdxTokenKind.And))
        {
            left = ParseOperand() is SpdxExpression right ? new SpdxAnd(left, right) : null;
        }

        return left;
    }

    private SpdxExpression? ParseOperand()
    {
        if (!Take(SpdxTokenKind.Open))
        {
            return ParseLicense();
        }

        int column = tokens[_at - 1].Column;
        if (++_depth > MaxDepth)
        {
            return Fail($"more than {MaxDepth} parentheses inside one another");
        }

        SpdxExpression? inner = ParseOr();
        if (inner is not null && !Take(SpdxTokenKind.Close))
        {
            return Fail($"the '(' of column {column} is not closed; got {Shown(Current)}");
        }

        _depth--;
        return inner;
    }

    private SpdxLicense? ParseLicense()
    {
        string? document = null;
        if (Current.Kind == SpdxTokenKind.Id && IsNamed(Current.Text, SpdxLicense.DocumentPrefix))
        {
            document = tokens[_at++].Text;
            if (!Take(SpdxTokenKind.Colon))
            {
                return Fail($"expected ':' after {document}, got {Shown(Current)}");
            }

            if (Current.Kind != SpdxTokenKind.Id || !IsNamed(Current.Text, SpdxLicense.ReferencePrefix))
            {
                return Fail($"expected {SpdxLicense.ReferencePrefix}… after {document}:, got {Shown(Current)}");
            }
        }

        if (Current.Kind != SpdxTokenKind.Id)
        {
            return Fail($"expected a license or '(', got {Shown(Current)}");
        }

        string id = tokens[_at++].Text;
        if (id is SpdxLicense.ReferencePrefix or SpdxLicense.DocumentPrefix)
        {
            _at--;
            return Fail($"{id} without a name");
        }

        bool orLater = Current.Kind == SpdxTokenKind.Plus;
        if (orLater && IsNamed(id, SpdxLicense.ReferencePrefix))
        {
            return Fail($"'+' after {id}: only licenses of SPDX's list have versions");
        }

        _at += orLater ? 1 : 0;
        if (!Take(SpdxTokenKind.With))
        {
            return new(id, orLater, null, document);
        }

        if (Current.Kind != SpdxTokenKind.Id)
        {
            return Fail($"expected an exception after WITH, got {Shown(Current)}");
        }

        return new(id, orLater, tokens[_at++].Text, document);
    }

    private static bool IsNamed(string id, string prefix) =>
        id.Length > prefix.Length && id.StartsWith(prefix, StringComparison.Ordinal);

    private bool Take(SpdxTokenKind kind)
    {
        bool taken = Fault is null && Current.Kind == kind;
        _at += taken ? 1 : 0;
        return taken;
    }

    private SpdxLicense? Fail(string message)
    {
        Fault ??= new(Current.Column, message);
        return null;
    }

    private static string Shown(SpdxToken token) => token.Kind == SpdxTokenKind.End ? "the end" : $"'{token.Text}'";
}
