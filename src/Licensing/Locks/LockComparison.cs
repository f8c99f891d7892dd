using ModelPack.Licensing.Catalog;
using ModelPack.Licensing.Compatibility;
using ModelPack.Licensing.Identity;

namespace ModelPack.Licensing.Locks;

/// <summary>Compares what a lock file has with what there is.</summary>
internal static class LockComparison
{
    public static IReadOnlyList<LicenseDrift> Of(LicenseLock old, LicenseLock current) =>
    [
        .. Pairs(old.Artifacts, current.Artifacts, static artifact => artifact.Name).SelectMany(static pair => pair switch
        {
            (null, { } added) => [new(FindingCode.ArtifactAdded, added.Name, null, null, added.License)],
            ({ } removed, null) => [new(FindingCode.ArtifactRemoved, removed.Name, null, removed.License, null)],
            ({ } before, { } now) => Of(before, now),
            _ => [],
        }),
    ];

    private static IEnumerable<LicenseDrift> Of(LockedArtifact before, LockedArtifact now)
    {
        (string Code, string? Old, string? New)[] fields =
        [
            (FindingCode.LicenseChanged, before.License, now.License),
            (FindingCode.DeclarationChanged, before.Declared, now.Declared),
            (FindingCode.RelationChanged, Spelling(before.Relation), Spelling(now.Relation)),
        ];
        return fields
            .Where(static field => field.Old != field.New)
            .Select(field => new LicenseDrift(field.Code, now.Name, null, field.Old, field.New))
            .Concat(Pairs(before.Files, now.Files, static file => file.Path)
                .Select(pair => Of(now.Name, pair.Old, pair.New))
                .OfType<LicenseDrift>());
    }

    private static LicenseDrift? Of(string artifact, LockedFile? before, LockedFile? now)
    {
        string? path = (now ?? before)?.Path;
        string? old = before is null ? null : Described(before);
        string? current = now is null ? null : Described(now);
        return (before, now) switch
        {
            (null, _) => new(FindingCode.FileAdded, artifact, path, null, current),
            (_, null) => new(FindingCode.FileRemoved, artifact, path, old, null),
            _ when before.Sha256 != now.Sha256 => new(FindingCode.TextChanged, artifact, path, old, current),
            _ when old != current => new(FindingCode.LicenseChanged, artifact, path, old, current),
            _ => null,
        };
    }

    private static string Described(LockedFile file) =>
        file.State == DetectionState.Exact ? file.Id : $"{file.Id}, {CatalogWords.Spelling(file.State)}";

    private static string? Spelling(Relation? relation) => relation is { } value ? CatalogWords.Spelling(value) : null;

    // Both lists in one order of keys.
    private static IEnumerable<(T? Old, T? New)> Pairs<T>(IReadOnlyList<T> old, IReadOnlyList<T> current, Func<T, string> key)
        where T : class
    {
        Dictionary<string, T> before = old.ToDictionary(key, StringComparer.Ordinal);
        Dictionary<string, T> now = current.ToDictionary(key, StringComparer.Ordinal);
        return before.Keys.Union(now.Keys, StringComparer.Ordinal)
            .Order(StringComparer.Ordinal)
            .Select(name => (before.GetValueOrDefault(name), now.GetValueOrDefault(name)));
    }
}
