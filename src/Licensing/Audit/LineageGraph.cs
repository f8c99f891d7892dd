using ModelPack.Licensing.Catalog;

namespace ModelPack.Licensing.Audit;

/// <summary>The works that a model was made from, and how. A graph as a tree: a work that two artifacts share stands twice.</summary>
internal sealed class LineageGraph
{
    private readonly IReadOnlyList<LineageAddition> _additions;
    private readonly LicenseCatalog _catalog;
    private readonly LicenseConcluder _concluder;
    private readonly List<LineageNode> _nodes = [];

    private LineageGraph(IReadOnlyList<LineageAddition> additions, LicenseCatalog catalog) =>
        (_additions, _catalog, _concluder) = (additions, catalog, new(catalog));

    /// <summary>The model first, then depth first.</summary>
    public IReadOnlyList<LineageNode> Nodes => _nodes;

    /// <exception cref="LicensingException">More than <see cref="LicenseAudit.MaxArtifacts"/> artifacts.</exception>
    public static LineageGraph Of(AuditSubject subject, IReadOnlyList<LineageAddition> additions, LicenseCatalog catalog)
    {
        LineageGraph graph = new(additions, catalog);
        graph.AddModel(subject);
        return graph;
    }

    private void AddModel(AuditSubject subject)
    {
        ObservedFile[] own = [.. subject.Files.Where(static f => f.Folder.Length == 0 || f.IsPackaged)];
        LineageAddition[] said = [.. _additions.Where(a => a.Artifact == "." || Same(a.Artifact, subject.Name))];
        LineageNode root = Node(
            new()
            {
                Id = ".",
                Name = subject.Name,
                Kind = subject.Kind,
                Declarations = subject.Declarations,
                Files = own,
                Conclusion = Said(_concluder.Conclude(subject.Declarations, own), said),
            },
            [],
            [subject.Name]);
        _nodes.Add(root);
        foreach (AuditParent parent in subject.Parents.Concat(said.SelectMany(static a => a.Parents)))
        {
            AddParent(parent, root, [Key(subject.Name)]);
        }

        // A license in a folder of its own is of what stands there: a vendored part beside the model.
        foreach (IGrouping<string, ObservedFile> part in subject.Files.Where(static f => f.Folder.Length > 0 && !f.IsPackaged).GroupBy(static f => f.Folder))
        {
            LicenseConclusion conclusion = _concluder.Conclude([], [.. part]);
            if (conclusion.Expression is not null)
            {
                AddComponent(part.Key, [.. part], conclusion, root);
            }
        }
    }

    private void AddComponent(string folder, IReadOnlyList<ObservedFile> files, LicenseConclusion conclusion, LineageNode root)
    {
        LineageAddition[] said = [.. _additions.Where(a => Same(a.Artifact, folder))];
        Add(Node(
            new()
            {
                Id = folder,
                Name = folder,
                Kind = "component",
                Child = ".",
                Relation = Relation.Aggregate,
                Source = "its folder",
                Declarations = [],
                Files = files,
                Conclusion = Said(conclusion, said),
            },
            [Relation.Aggregate],
            [folder, CatalogWords.Spelling(Relation.Aggregate), .. root.Path]));
    }

    private void AddParent(AuditParent parent, LineageNode child, IReadOnlyList<string> above)
    {
        LineageAddition[] said = [.. _additions.Where(a => Same(a.Artifact, parent.Name))];
        LicenseDeclaration[] declarations = parent.License is null ? [] : [new(parent.Source, parent.License)];
        LicenseConclusion conclusion = _concluder.Conclude(declarations, []);
        if (conclusion.Expression is null && KnownModels.Find(parent.Name, _catalog) is { } known)
        {
            conclusion = conclusion with { Expression = known, Basis = "catalogue" };
        }

        string id = parent.Name;
        for (int i = 2; _nodes.Any(n => n.Artifact.Id == id); i++)
        {
            id = $"{parent.Name} ({i})";
        }

        LineageNode node = Node(
            new()
            {
                Id = id,
                Name = parent.Name,
                Kind = parent.Relation == Relation.Dataset ? "dataset" : "model",
                Child = child.Artifact.Id,
                Relation = parent.Relation,
                Source = parent.Source,
                Declarations = declarations,
                Files = [],
                Conclusion = Said(conclusion, said),
            },
            [.. child.Relations.Prepend(parent.Relation).Distinct()],
            [parent.Name, CatalogWords.Spelling(parent.Relation), .. child.Path]);
        Add(node);
        string key = Key(parent.Name);
        if (above.Contains(key))
        {
            return;
        }

        foreach (AuditParent next in (parent.Parents ?? []).Concat(said.SelectMany(static a => a.Parents)))
        {
            AddParent(next, node, [.. above, key]);
        }
    }

    private void Add(LineageNode node)
    {
        if (_nodes.Count == LicenseAudit.MaxArtifacts)
        {
            throw new LicensingException($"the lineage has more than {LicenseAudit.MaxArtifacts} artifacts");
        }

        _nodes.Add(node);
    }

    private LineageNode Node(AuditArtifact artifact, IReadOnlyList<Relation> relations, IReadOnlyList<string> path)
    {
        string[] open =
        [
            .. artifact.Declarations.Where(d => DeclaredLicense.Resolve(d, _catalog) is null).Select(static d => d.Words).Where(static w => w.Length > 0),
        ];
        return new(artifact, relations, path, open.Length > 0 ? string.Join(", ", open) : null);
    }

    // What a person concluded stands above all evidence; the evidence stays visible beside it.
    private LicenseConclusion Said(LicenseConclusion conclusion, IReadOnlyList<LineageAddition> said) =>
        said.FirstOrDefault(static a => a.License is not null) is { License: { } license }
            ? conclusion with { Expression = DeclaredLicense.Resolve(license, _catalog) ?? license, Basis = "policy" }
            : conclusion;

    private static bool Same(string a, string b) => string.Equals(a, b, StringComparison.OrdinalIgnoreCase);

    private static string Key(string name) => name.ToUpperInvariant();
}
