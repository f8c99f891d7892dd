using ModelPack.Licensing.Catalog;

namespace ModelPack.Licensing.Locks;

/// <summary>An artifact of a lock file.</summary>
public sealed record LockedArtifact
{
    private readonly IReadOnlyList<LockedFile> _files = [];

    /// <summary>One artifact's in the whole lock.</summary>
    public required string Name { get; init; }

    /// <summary>How the result comes from it; null for the result itself.</summary>
    public Relation? Relation { get; init; }

    /// <summary>The concluded license, an expression or an id; <c>NOASSERTION</c> where nobody knows.</summary>
    public required string License { get; init; }

    /// <summary>The license as its own card or metadata names it; null: it names none.</summary>
    public string? Declared { get; init; }

    /// <summary>Its license files, sorted by path.</summary>
    /// <exception cref="LicensingException">Two files share a path.</exception>
    public IReadOnlyList<LockedFile> Files
    {
        get => _files;
        init
        {
            _files = [.. value.OrderBy(static file => file.Path, StringComparer.Ordinal)];
            for (int i = 1; i < _files.Count; i++)
            {
                if (_files[i].Path == _files[i - 1].Path)
                {
                    throw new LicensingException($"two files of '{Name}' are called '{_files[i].Path}'");
                }
            }
        }
    }
}
