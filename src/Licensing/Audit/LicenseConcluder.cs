using ModelPack.Licensing.Catalog;
using ModelPack.Licensing.Identity;

namespace ModelPack.Licensing.Audit;

/// <summary>Weighs what was declared and what was observed. The text rules; metadata never relaxes it.</summary>
internal sealed class LicenseConcluder(LicenseCatalog catalog)
{
    /// <summary>Concludes the license of one artifact.</summary>
    /// <param name="declarations">What metadata says.</param>
    /// <param name="files">Its own texts, not those of parts in folders of their own.</param>
    public LicenseConclusion Conclude(IReadOnlyList<LicenseDeclaration> declarations, IReadOnlyList<ObservedFile> files)
    {
        string[] declared = [.. declarations.Select(d => DeclaredLicense.Resolve(d, catalog)).OfType<string>().Distinct()];
        ObservedFile[] deciding = [.. Deciding(declarations, files)];
        string[] observed = [.. deciding.SelectMany(static f => f.Found).Select(l => Prefer(l, declared)).Distinct()];
        string[] seen = [.. files.SelectMany(static f => f.Found).Select(l => Prefer(l, declared)).Distinct()];
        string basis = observed.Length > 0 ? "text" : declared.Length > 0 ? "declared" : "none";
        string? expression = observed.Length > 0 ? All(observed) : declared.Length > 0 ? All(declared) : null;
        return new(
            expression,
            basis,
            [.. deciding.Select(static f => f.Path)],
            declared,
            seen);
    }

    /// <summary>The declarations whose license is not among those of the texts that decided.</summary>
    public IEnumerable<(LicenseDeclaration Declaration, string Meaning)> Disagreeing(
        IReadOnlyList<LicenseDeclaration> declarations, IReadOnlyList<ObservedFile> files, LicenseConclusion conclusion)
    {
        HashSet<string> known = [.. DeclaredLicense.Ids(conclusion.Expression ?? "")];
        known.UnionWith(files.Where(f => conclusion.Files.Contains(f.Path)).SelectMany(static f => f.Found).SelectMany(static l => l.SameText));
        foreach (LicenseDeclaration declaration in declarations)
        {
            string? meaning = DeclaredLicense.Resolve(declaration, catalog);
            bool another = conclusion.Basis == "text"
                ? meaning is not null && !DeclaredLicense.Ids(meaning).Any(known.Contains)
                : meaning is not null && meaning != conclusion.Expression;
            if (another)
            {
                yield return (declaration, meaning!);
            }
        }
    }

    /// <summary>An AND of all expressions.</summary>
    internal static string All(IReadOnlyList<string> expressions) => expressions.Count == 1
        ? expressions[0]
        : string.Join(" AND ", expressions.Select(static e => e.Contains(" OR ", StringComparison.Ordinal) ? $"({e})" : e));

    // Texts that several ids share (GPL-2.0-only, GPL-2.0-or-later) leave the choice to the declaration.
    private static string Prefer(DetectedLicense license, IReadOnlyList<string> declared) =>
        license.SameText.FirstOrDefault(id => declared.SelectMany(DeclaredLicense.Ids).Contains(id)) ?? license.Id;

    private static IEnumerable<ObservedFile> Deciding(IReadOnlyList<LicenseDeclaration> declarations, IReadOnlyList<ObservedFile> files)
    {
        ObservedFile[] all = [.. files.Where(static f => f.Kind == LicenseFileKind.Terms && f.Found.Any())];

        // LICENSES/ also has the texts of parts: what stands at the top comes before it.
        ObservedFile[] terms = all.Any(static f => !f.IsPackaged) ? [.. all.Where(static f => !f.IsPackaged)] : all;
        ObservedFile[] policies = [.. terms.Where(static f => f.Name.Contains("POLICY", StringComparison.OrdinalIgnoreCase))];
        ObservedFile[] texts = [.. terms.Except(policies)];

        // The card may say which file is meant; else a file for the model comes before one for its code.
        ObservedFile[] linked = [.. texts.Where(f => declarations.Any(d => LinksTo(d.Link, f)))];
        ObservedFile[] model = [.. texts.Where(static f => f.Name.Contains("MODEL", StringComparison.OrdinalIgnoreCase))];
        ObservedFile[] notCode = [.. texts.Where(static f => !f.Name.Contains("CODE", StringComparison.OrdinalIgnoreCase))];
        ObservedFile[] chosen = linked.Length > 0 ? linked : model.Length > 0 ? model : notCode.Length > 0 ? notCode : texts;
        return chosen.Length > 0 ? chosen.Concat(policies)
            : files.Where(static f => f.Kind == LicenseFileKind.Prose && f.Found.Any(static l => l.State != DetectionState.Unknown));
    }

    // A URL of a hub ends in the file's name: ".../blob/main/LICENSE".
    private static bool LinksTo(string? link, ObservedFile file) =>
        link is not null && (link == file.Path || link.EndsWith($"/{file.Name}", StringComparison.OrdinalIgnoreCase));
}
