using ModelPack.Licensing.Catalog;

namespace ModelPack.Licensing.Compatibility;

/// <summary>One license of one input, with what it is asked about.</summary>
/// <param name="Entry">The license.</param>
/// <param name="Input">The number of the input in the question.</param>
/// <param name="Made">How the result comes from the work.</param>
/// <param name="Acts">What is done with the result.</param>
/// <param name="Path">For findings.</param>
internal sealed record BoundWork(
    LicenseEntry Entry,
    int Input,
    IReadOnlyList<Relation> Made,
    IReadOnlyList<Relation> Acts,
    IReadOnlyList<string> Path)
{
    /// <summary>Whether the license's terms go over to the result. An adapter that is run, is run with its base.</summary>
    public bool Reached => Entry.Reaches(Made)
        || (Made.Contains(Relation.Adapter) && Acts.Any(static act => act is Relation.Host or Relation.Use));

    /// <summary>Whether the work becomes part of one new work, rather than staying as it is or beside others.</summary>
    public bool Joined => Reached && Made.Any(static way => way is not (Relation.Aggregate or Relation.Outputs));

    /// <summary>Whether others receive the result, as the license counts it.</summary>
    public bool PassedOn =>
        Acts.Contains(Relation.Redistribute) || (Entry.Outbound is { Hosting: true } && Acts.Contains(Relation.Host));
}
