using ModelPack.Licensing.Audit;
using ModelPack.Licensing.Catalog;

namespace ModelPack.Cli.Documents;

/// <summary>One work of the lineage.</summary>
internal sealed record LicenseArtifactDocument
{
    /// <summary>Unique in the document; "." is the model itself.</summary>
    public required string Id { get; init; }

    public required string Name { get; init; }

    /// <summary>checkpoint, gguf, onnx, package, folder, model, dataset or component.</summary>
    public required string Kind { get; init; }

    /// <summary>Id of the artifact that was made from this one.</summary>
    public string? Child { get; init; }

    /// <summary>convert, quantize, finetune, merge, adapter, distil, dataset or aggregate.</summary>
    public string? Relation { get; init; }

    /// <summary>Where that stands.</summary>
    public string? Source { get; init; }

    public required string Verdict { get; init; }

    /// <summary>An SPDX expression; absent when nothing is known.</summary>
    public string? Concluded { get; init; }

    /// <summary>text, declared, policy, catalogue or none.</summary>
    public required string Basis { get; init; }

    public required IReadOnlyList<Declaration> Declared { get; init; }

    public required IReadOnlyList<Text> Observed { get; init; }

    public static LicenseArtifactDocument From(AuditArtifact artifact) => new()
    {
        Id = artifact.Id,
        Name = artifact.Name,
        Kind = artifact.Kind,
        Child = artifact.Child,
        Relation = artifact.Relation is { } relation ? CatalogWords.Spelling(relation) : null,
        Source = artifact.Source,
        Verdict = CatalogWords.Spelling(artifact.Verdict),
        Concluded = artifact.Conclusion.Expression,
        Basis = artifact.Conclusion.Basis,
        Declared = [.. artifact.Declarations.Select(static d => new Declaration(d.Source, d.License, d.Name, d.Link))],
        Observed =
        [
            .. artifact.Files.SelectMany(static f => f.Licenses, static (file, license) => new Text(
                file.Path, file.Sha256, license.Id, CatalogWords.Spelling(license.State), Math.Round(license.Similarity, 4))),
        ],
    };

    /// <param name="Source">File that says it.</param>
    /// <param name="License">As written.</param>
    /// <param name="Name">license_name.</param>
    /// <param name="Link">license_link.</param>
    internal sealed record Declaration(string Source, string? License, string? Name, string? Link);

    /// <param name="Path">File, relative to the model's folder.</param>
    /// <param name="Sha256">Of its bytes, the first 2 MiB of a larger file.</param>
    /// <param name="Id">License id.</param>
    /// <param name="State">exact, variant, modified, unknown or none.</param>
    /// <param name="Similarity">0…1.</param>
    internal sealed record Text(string Path, string Sha256, string Id, string State, double Similarity);
}
