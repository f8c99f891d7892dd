using ModelPack.Licensing.Guards;

namespace ModelPack.Licensing.Catalog;

/// <summary>One clause of a license: where it applies, when, and what follows.</summary>
public sealed record LicenseCondition
{
    public required ConditionKind Kind { get; init; }

    /// <summary>The clause's number as the text prints it, such as "1.b.i".</summary>
    public required string Clause { get; init; }

    /// <summary>
    /// Ways of making the result that the clause speaks of. Empty: every result that the license reaches
    /// (see <see cref="LicenseEntry.Reaches"/>).
    /// </summary>
    public IReadOnlyList<Relation> From { get; init; } = [];

    /// <summary>Whether the clause binds the user whatever the result is, even when the license does not reach the result.</summary>
    public bool Always { get; init; }

    /// <summary>What must be done with the result for the clause to apply; empty: anything.</summary>
    public IReadOnlyList<Relation> Acts { get; init; } = [];

    /// <summary>The uses that the clause speaks of; empty: all.</summary>
    public IReadOnlyList<UseKind> Uses { get; init; } = [];

    /// <summary>Whether the clause spares combinations and students of the same family.</summary>
    public bool SparesFamily { get; init; }

    /// <summary>What follows when the clause applies.</summary>
    public required Verdict Effect { get; init; }

    /// <summary>The facts under which the clause applies; null: always.</summary>
    public Guard? When { get; init; }

    /// <summary><see cref="When"/> as the catalogue spells it.</summary>
    public string? WhenText { get; init; }

    /// <summary>What follows when the facts do not settle <see cref="When"/>.</summary>
    public Verdict Unknown { get; init; } = Verdict.Review;

    /// <summary>Facts that hold for this clause when nobody gave them.</summary>
    public IReadOnlyList<KeyValuePair<string, FactValue>> Presumed { get; init; } = [];

    /// <summary>What the clause says, in our words.</summary>
    public required string Text { get; init; }

    /// <summary>A statement that has to be printed word for word.</summary>
    public string? Print { get; init; }
}
