using ModelPack.Licensing.Catalog;
using ModelPack.Licensing.Compatibility;
using ModelPack.Licensing.Spdx;

namespace ModelPack.Licensing.Audit;

/// <summary>What the words of a declaration mean.</summary>
internal static class DeclaredLicense
{
    // Tags that stand for many licenses, or for none.
    private static readonly string[] Empty = ["other", "unknown", "none", "noassertion", "custom", ""];

    /// <summary>Whether a tag leaves the license open.</summary>
    public static bool SaysNothing(string words) => Empty.Contains(words.Trim(), StringComparer.OrdinalIgnoreCase);

    /// <summary>The expression that the words mean, in the spelling of SPDX and the catalogue; null when they mean none.</summary>
    public static string? Resolve(LicenseDeclaration declaration, LicenseCatalog catalog) => Resolve(declaration.Words, catalog);

    /// <inheritdoc cref="Resolve(LicenseDeclaration, LicenseCatalog)"/>
    public static string? Resolve(string words, LicenseCatalog catalog)
    {
        words = words.Trim();
        if (SaysNothing(words))
        {
            return null;
        }

        if (One(words, catalog) is { } id)
        {
            return id;
        }

        return SpdxExpression.TryParse(words, out SpdxExpression? expression, out _) ? Spell(expression, catalog)?.ToString() : null;
    }

    /// <summary>Every id of an expression, each once.</summary>
    public static IReadOnlyList<string> Ids(string expression)
    {
        try
        {
            return LicenseChoices.Of(expression) is { } choices ? [.. choices.SelectMany(static c => c).Distinct()] : [expression];
        }
        catch (LicensingException)
        {
            return [expression];
        }
    }

    private static string? One(string words, LicenseCatalog catalog) => catalog.Find(words)?.Id ?? SpdxLicenseList.Find(words);

    // Every license of the expression must be known, or the whole says less than it seems to.
    private static SpdxExpression? Spell(SpdxExpression expression, LicenseCatalog catalog)
    {
        switch (expression)
        {
            case SpdxAnd both when Spell(both.Left, catalog) is { } left && Spell(both.Right, catalog) is { } right:
                return new SpdxAnd(left, right);
            case SpdxOr either when Spell(either.Left, catalog) is { } left && Spell(either.Right, catalog) is { } right:
                return new SpdxOr(left, right);
            case SpdxLicense license when One(license.Id, catalog) is { } id:
                return license with { Id = id };
            default:
                return null;
        }
    }
}
