using ModelPack.Licensing.Audit;
using ModelPack.Licensing.Catalog;

namespace ModelPack.Cli.Licenses.Evidence;

/// <summary>What was found so far; a work that two files name counts once.</summary>
/// <param name="quantized">Whether the model is stored in a format that quantization makes.</param>
internal sealed class SubjectEvidence(bool quantized)
{
    private readonly List<LicenseDeclaration> _declarations = [];
    private readonly List<AuditParent> _parents = [];

    public IReadOnlyList<LicenseDeclaration> Declarations => _declarations;

    public IReadOnlyList<AuditParent> Parents => _parents;

    /// <summary>The name that metadata gives; the first that was found.</summary>
    public string? PublishedName { get; private set; }

    /// <summary>Whether the weights are quantized, so that one base without a word on the relation was quantized.</summary>
    public bool Quantized { get; set; } = quantized;

    public void Name(string? name) => PublishedName ??= string.IsNullOrWhiteSpace(name) ? null : name;

    public void Declare(string source, string? license, string? name = null, string? link = null)
    {
        LicenseDeclaration declaration = new(source, Short(license), Short(name), Short(link));
        if (declaration.Words.Length > 0 || declaration.Link is not null)
        {
            _declarations.Add(declaration);
        }
    }

    public void Parent(string name, Relation relation, string source)
    {
        name = Short(name) ?? "";
        if (name.Length > 0 && !_parents.Exists(p => p.Name.Equals(name, StringComparison.OrdinalIgnoreCase)))
        {
            _parents.Add(new(name, relation, source));
        }
    }

    // Words for people from a stranger's file; nothing real is longer.
    private static string? Short(string? text) => text is { Length: > 400 } ? text[..400] : text;
}
