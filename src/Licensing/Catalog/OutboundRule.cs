namespace ModelPack.Licensing.Catalog;

/// <summary>Under which licenses a result may be passed on.</summary>
public sealed record OutboundRule
{
    /// <summary>The clause's number as the text prints it.</summary>
    public required string Clause { get; init; }

    /// <summary>Ids that fulfil the rule when the outbound expression requires one of them; the license's own id is the first.</summary>
    public required IReadOnlyList<string> Accepts { get; init; }

    /// <summary>What follows when the outbound expression requires none of them.</summary>
    public required Verdict Otherwise { get; init; }

    /// <summary>Whether the whole result must be under the license, with no further restrictions (copyleft).</summary>
    public bool Exclusive { get; init; }

    /// <summary>Whether hosting counts as passing on.</summary>
    public bool Hosting { get; init; }

    /// <summary>Whether use restrictions must bind recipients; another such license might carry them, which a person must judge.</summary>
    public bool Restrictions { get; init; }

    /// <summary>Whether additional terms must not conflict with the license's.</summary>
    public bool NoConflict { get; init; }

    /// <summary>Licenses whose works cannot be combined with this one.</summary>
    public IReadOnlyList<string> Rejects { get; init; } = [];

    /// <summary>What the clause says, in our words.</summary>
    public required string Text { get; init; }
}
