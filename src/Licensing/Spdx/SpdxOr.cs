namespace ModelPack.Licensing.Spdx;

/// <summary>Whoever receives the work chooses a side.</summary>
public sealed record SpdxOr(SpdxExpression Left, SpdxExpression Right) : SpdxExpression
{
    public override IEnumerable<SpdxLicense> Licenses => Left.Licenses.Concat(Right.Licenses);

    public override string ToString() => $"{Left} OR {Right}";
}
