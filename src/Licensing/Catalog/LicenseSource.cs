namespace ModelPack.Licensing.Catalog;

/// <summary>Where the license's text was read.</summary>
/// <param name="Repository">A public repository, "owner/name", or another place when there is no repository.</param>
/// <param name="Path">The file in it, or the part of it.</param>
/// <param name="Commit">The commit, or null when the place has no commits.</param>
public sealed record LicenseSource(string Repository, string Path, string? Commit)
{
    public override string ToString() => $"{Repository}: {Path}{(Commit is null ? "" : $" at {Commit[..Math.Min(12, Commit.Length)]}")}";
}
