using ModelPack.Licensing.Catalog;
using ModelPack.Licensing.Compatibility;

namespace ModelPack.Licensing.Locks;

/// <summary>Something that is not as the lock file has it.</summary>
/// <param name="Code">One of <see cref="FindingCode"/>, MPL601 and up.</param>
/// <param name="Artifact">The artifact's name.</param>
/// <param name="Path">The license file; null: it is not about one file.</param>
/// <param name="Old">What the lock file has; null: nothing.</param>
/// <param name="New">What there is now; null: nothing.</param>
public sealed record LicenseDrift(string Code, string Artifact, string? Path, string? Old, string? New)
{
    /// <summary>One sentence for people.</summary>
    public string Text => Code switch
    {
        FindingCode.LicenseChanged when Path is not null => $"{Path} was recognized as {Old} and is now as {New}.",
        FindingCode.LicenseChanged => $"The license was {Old} and is now {New}.",
        FindingCode.TextChanged => $"{Path} has another text: it was {Old} and is now {New}.",
        FindingCode.FileAdded => $"{Path} ({New}) is new.",
        FindingCode.FileRemoved => $"{Path} ({Old}) is gone.",
        FindingCode.ArtifactAdded => $"{Artifact} ({New}) is new in the lineage.",
        FindingCode.ArtifactRemoved => $"{Artifact} ({Old}) is gone from the lineage.",
        FindingCode.DeclarationChanged => $"The declared license was {Old ?? "not given"} and is now {New ?? "not given"}.",
        _ => $"The relation was {Old ?? "the result itself"} and is now {New ?? "the result itself"}.",
    };

    /// <summary>The drift as a finding: a person looks at it and renews the lock file.</summary>
    /// <param name="license">The license that the artifact has now, or had.</param>
    public Finding ToFinding(string license) =>
        new(Code, Verdict.Review, license, null, Text, [], Path is null ? [Artifact] : [Artifact, Path]);
}
