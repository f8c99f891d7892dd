using ModelPack.Licensing.Catalog;
using ModelPack.Licensing.Spdx;

namespace ModelPack.Licensing.Policy;

/// <summary>A license id, or the start of ids followed by <c>*</c>; case makes no difference.</summary>
public sealed class LicensePattern
{
    private const string Reference = "LicenseRef-";

    // What the detector says of a text that it does not know.
    private static readonly string[] Answers = ["NOASSERTION", "NONE"];

    private static readonly string[] GnuFamilies = ["GPL-", "LGPL-", "AGPL-"];

    private readonly string _text;
    private readonly string _id;
    private readonly bool _family;

    private LicensePattern(string text, string id, bool family)
    {
        _text = text;
        _id = id;
        _family = family;
    }

    /// <summary>Reads a pattern. Ids that nobody knows are refused, because such a rule would never apply; LicenseRef- ids are free.</summary>
    /// <exception cref="LicensingException">The text is no id or start of ids.</exception>
    public static LicensePattern Parse(string text)
    {
        if (text.EndsWith('*'))
        {
            string start = text[..^1];
            return !start.Contains('*', StringComparison.Ordinal) && (IsReference(start) || Known().Any(id => StartsWith(id, start)))
                ? new(text, start, family: true)
                : throw new LicensingException($"no known license id starts with '{start}'; expected the start of an id before one '*', such as GPL-*");
        }

        if (LicenseCatalog.Default.Find(text) is { } entry)
        {
            return new(text, Canonical(entry.Id), family: false);
        }

        SpdxLicense license = SpdxExpression.TryParse(text, out SpdxExpression? expression, out SpdxFault? fault)
            ? expression as SpdxLicense ?? throw new LicensingException($"'{text}' names more than one license; expected one in each item")
            : throw new LicensingException($"'{text}' is no license id ({fault}); expected an SPDX id, a LicenseRef- id or a start such as GPL-*");
        if (license.Exception is not null || license.Document is not null)
        {
            throw new LicensingException($"'{text}': {(license.Document is null ? "what stands after WITH" : "a DocumentRef")} is not told apart here; expected '{license.Id}'");
        }

        bool known = license.IsReference || SpdxLicenseList.Find(license.Id) is not null
            || Answers.Contains(license.Id, StringComparer.Ordinal);
        return known
            ? new(text, Canonical(license.OrLater ? $"{license.Id}+" : license.Id), family: false)
            : throw new LicensingException($"'{text}' is no license id that is known here{Suggestion.For(text, Known())}");
    }

    /// <summary>Whether the pattern names a license.</summary>
    /// <param name="id">An SPDX id, a LicenseRef- id, or an alias of the catalogue.</param>
    public bool Matches(string id)
    {
        string canonical = Canonical(LicenseCatalog.Default.Find(id)?.Id ?? id);
        return _family ? StartsWith(canonical, _id) || StartsWith(id, _id) : canonical.Equals(_id, StringComparison.OrdinalIgnoreCase);
    }

    /// <summary>As the file spells it.</summary>
    public override string ToString() => _text;

    // "GPL-2.0" and "GPL-2.0+" are older names of GPL-2.0-only and GPL-2.0-or-later; elsewhere a "+" keeps the version and adds later ones.
    private static string Canonical(string id)
    {
        bool later = id.EndsWith('+');
        string version = later ? id[..^1] : id;
        bool old = GnuFamilies.Any(family => StartsWith(version, family)) && char.IsAsciiDigit(version[^1]);
        return !old ? version : later ? $"{version}-or-later" : $"{version}-only";
    }

    private static IEnumerable<string> Known() =>
        SpdxLicenseList.All.Concat(LicenseCatalog.Default.Names).Concat(Answers);

    private static bool IsReference(string text) => StartsWith(text, Reference);

    private static bool StartsWith(string text, string start) => text.StartsWith(start, StringComparison.OrdinalIgnoreCase);
}
