namespace ModelPack.Licensing.Spdx;

/// <summary>Both sides apply.</summary>
public sealed record SpdxAnd(SpdxExpression Left, SpdxExpression Right) : SpdxExpression
{
    public override IEnumerable<SpdxLicense> Licenses => Left.Licenses.Concat(Right.Licenses);

    public override string ToString() => $"{Operand(Left)} AND {Operand(Right)}";

    private static string Operand(SpdxExpression side) => side is SpdxOr ? $"({side})" : side.ToString();
}
