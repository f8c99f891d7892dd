namespace ModelPack.Licensing.Spdx;

/// <summary>One license in an expression.</summary>
/// <param name="Id">SPDX id or <c>LicenseRef-…</c>.</param>
/// <param name="OrLater">Written with "+": this version or a later one.</param>
/// <param name="Exception">What stands after WITH.</param>
/// <param name="Document">Document that defines a LicenseRef: <c>DocumentRef-…</c>.</param>
public sealed record SpdxLicense(string Id, bool OrLater = false, string? Exception = null, string? Document = null) : SpdxExpression
{
    internal const string ReferencePrefix = "LicenseRef-";

    internal const string DocumentPrefix = "DocumentRef-";

    /// <summary>Whether the id is not from SPDX's list.</summary>
    public bool IsReference => Id.StartsWith(ReferencePrefix, StringComparison.Ordinal);

    public override IEnumerable<SpdxLicense> Licenses => [this];

    public override string ToString() =>
        $"{(Document is null ? "" : $"{Document}:")}{Id}{(OrLater ? "+" : "")}{(Exception is null ? "" : $" WITH {Exception}")}";
}
