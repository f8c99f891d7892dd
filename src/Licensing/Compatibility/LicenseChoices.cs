using ModelPack.Licensing.Spdx;

namespace ModelPack.Licensing.Compatibility;

/// <summary>An SPDX expression as choices: the user takes one, and all licenses of that one bind.</summary>
internal static class LicenseChoices
{
    /// <summary>More choices than this are not compared.</summary>
    public const int Limit = 64;

    /// <returns>The ids of each choice, in the normal form's order, or null when there are more than <see cref="Limit"/>.</returns>
    /// <exception cref="LicensingException">The text is no license expression.</exception>
    public static IReadOnlyList<IReadOnlyList<string>>? Of(string text)
    {
        if (!SpdxExpression.TryParse(text, out SpdxExpression? expression, out SpdxFault? fault))
        {
            throw new LicensingException($"\"{Start(text)}\" is no license expression: {fault}");
        }

        // Every OR adds a choice at most, every AND may multiply them: a bound that needs no expansion.
        return Count(expression) > Limit
            ? null
            : [.. SpdxNormalForm.Of(expression).Choices.Select(static choice => (IReadOnlyList<string>)[.. choice.Select(Id)])];
    }

    private static int Count(SpdxExpression expression) => expression switch
    {
        SpdxOr(SpdxExpression left, SpdxExpression right) => Math.Min(Limit + 1, Count(left) + Count(right)),
        SpdxAnd(SpdxExpression left, SpdxExpression right) => Math.Min(Limit + 1, Count(left) * Count(right)),
        _ => 1,
    };

    // An exception only adds permissions: without its text the license alone is the careful reading.
    private static string Id(SpdxLicense license) => license.OrLater ? $"{license.Id}+" : license.Id;

    private static string Start(string text) => text.Length > 80 ? $"{text[..80]}…" : text;
}
