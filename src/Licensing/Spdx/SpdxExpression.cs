using System.Diagnostics.CodeAnalysis;

namespace ModelPack.Licensing.Spdx;

/// <summary>
/// A license expression (SPDX 2.3, annex D): a license, or two expressions joined by AND or OR. Ids are not checked against a
/// list; see <see cref="SpdxLicenseList"/>.
/// </summary>
public abstract record SpdxExpression
{
    /// <summary>Longest expression that is read.</summary>
    public const int MaxLength = 16 * 1024;

    private protected SpdxExpression()
    {
    }

    /// <summary>Reads an expression.</summary>
    /// <param name="text">The expression.</param>
    /// <param name="expression">The tree.</param>
    /// <param name="fault">Where and why it is none.</param>
    public static bool TryParse(
        string text, [NotNullWhen(true)] out SpdxExpression? expression, [NotNullWhen(false)] out SpdxFault? fault)
    {
        expression = null;
        List<SpdxToken> tokens = [];
        fault = text.Length > MaxLength
            ? new(MaxLength + 1, $"an expression of {text.Length} characters; at most {MaxLength} are read")
            : SpdxTokenizer.Read(text, tokens);
        if (fault is null)
        {
            SpdxParser parser = new(tokens);
            expression = parser.Parse();
            fault = parser.Fault;
            expression = fault is null ? expression : null;
        }

        return expression is not null;
    }

    /// <summary>Reads an expression.</summary>
    /// <exception cref="FormatException">It is none; the message names text, column and reason.</exception>
    public static SpdxExpression Parse(string text) =>
        TryParse(text, out SpdxExpression? expression, out SpdxFault? fault)
            ? expression
            : throw new FormatException($"license expression \"{text}\": {fault}");

    /// <summary>The licenses in it, from left to right, repeated ones included.</summary>
    public abstract IEnumerable<SpdxLicense> Licenses { get; }
}
