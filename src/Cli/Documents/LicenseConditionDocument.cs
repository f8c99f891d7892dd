using ModelPack.Licensing.Catalog;
using ModelPack.Licensing.Compatibility;

namespace ModelPack.Cli.Documents;

/// <summary>One clause of a license.</summary>
internal sealed record LicenseConditionDocument
{
    /// <summary>The code of its findings.</summary>
    public required string Code { get; init; }

    public required string Clause { get; init; }

    /// <summary>obligations, review or denied.</summary>
    public required string Effect { get; init; }

    /// <summary>Ways of making the result that it speaks of; empty: every result that the license reaches.</summary>
    public required IReadOnlyList<string> Made { get; init; }

    /// <summary>What is done with the result; empty: anything.</summary>
    public required IReadOnlyList<string> Acts { get; init; }

    /// <summary>The condition over facts; absent: always.</summary>
    public string? When { get; init; }

    public required string Text { get; init; }

    /// <summary>A statement that has to be printed word for word.</summary>
    public string? Statement { get; init; }

    public static LicenseConditionDocument From(LicenseCondition condition) => new()
    {
        Code = FindingCode.Of(condition.Kind),
        Clause = condition.Clause,
        Effect = CatalogWords.Spelling(condition.Effect),
        Made = [.. condition.From.Select(CatalogWords.Spelling)],
        Acts = [.. condition.Acts.Select(CatalogWords.Spelling)],
        When = condition.WhenText,
        Text = condition.Text,
        Statement = condition.Print,
    };
}
