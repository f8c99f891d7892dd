using System.Text;
using ModelPack.Cli.Licenses.Evidence;
using ModelPack.Cli.Sboms;
using ModelPack.Cli.Terminal;
using ModelPack.Licensing.Audit;
using ModelPack.Licensing.Catalog;
using ModelPack.Licensing.Reports;
using ModelPack.Packaging.Attachments;
using ModelPack.Packaging.Layouts;
using ModelPack.Packaging.Oci;
using ModelPack.Packaging.Packing;
using ModelPack.Packaging.Provenance;

namespace ModelPack.Cli.Packages;

/// <summary>Attaches to a packed variant what describes it: bills of materials, and how it was made.</summary>
/// <param name="request">What was packed.</param>
/// <param name="input">The PATHs.</param>
/// <param name="audit">What the license audit found; null where there was none.</param>
/// <param name="terminal">Told what could not be found out.</param>
internal sealed class PackRecords(PackageRequest request, PackInput input, PackAudit? audit, CommandTerminal terminal)
{
    private readonly List<OciManifest> _attached = [];

    /// <summary>Whether to attach bills of materials.</summary>
    public bool HasSbom { get; init; }

    /// <summary>Whether to attach the provenance.</summary>
    public bool HasProvenance { get; init; }

    /// <summary>Options of the command line, for the provenance.</summary>
    public required IReadOnlyList<ProvenanceValue> Parameters { get; init; }

    /// <summary>Files besides those of the package that it was made from: checkpoint, calibration text, policy.</summary>
    public required IReadOnlyList<ProvenanceSource> Sources { get; init; }

    /// <param name="layout">Where the package is.</param>
    /// <param name="manifest">Manifest of the variant.</param>
    /// <param name="cancel">Stops.</param>
    /// <returns>What was attached.</returns>
    public async Task<IReadOnlyList<OciManifest>> AttachAsync(LayoutStore layout, OciManifest manifest, CancellationToken cancel)
    {
        AuditReport report = SbomReport.Join(request.Name, audit?.Reports ?? [.. input.Models.Select(m => SbomReport.Of(SubjectReader.Read(m, terminal.Warn, cancel)))]);
        if (HasSbom)
        {
            ReportModel model = SbomSubject.Read(input.Models[0], FilesOf(manifest), terminal.Warn, cancel) with
            {
                Version = request.Version.ToString(),
                PackageUrl = PackageUrl.OfManifest(request.Name, manifest.Digest.Hex),
            };
            model = model with { Facts = [.. model.Facts, .. CalibrationHashes(model)] };
            foreach (SbomFormat format in SbomFormat.All)
            {
                await AddAsync(layout, manifest, format.MediaType, Encoding.UTF8.GetBytes(format.Create(report, model)), [], cancel);
            }
        }

        if (HasProvenance)
        {
            byte[] statement = ProvenanceStatement.Write(Record(manifest, report));
            await AddAsync(layout, manifest, MediaTypes.Statement, statement, new() { [AnnotationKeys.PredicateType] = ProvenanceStatement.PredicateType }, cancel);
        }

        await layout.DropOldAsync(manifest.Digest, [.. _attached.Select(static a => a.Digest)], cancel);
        if ((await layout.DropOrphansAsync(cancel)).Any(static d => AttachmentKind.Of(d.ArtifactType) == AttachmentKind.Signature))
        {
            terminal.Warn($"{request.Name} {request.Version} was signed before and is another now: sign it again");
        }

        return _attached;
    }

    /// <summary>The files of a manifest as a bill of materials lists them.</summary>
    public static ReportFile[] FilesOf(OciManifest manifest) =>
        [.. manifest.Layers.Select(static l => new ReportFile(l.Annotation(AnnotationKeys.FilePath) ?? l.Annotation(AnnotationKeys.Title) ?? l.Digest.ToString(), l.Digest.Hex))];

    private async Task AddAsync(LayoutStore layout, OciManifest manifest, string mediaType, byte[] content, Dictionary<string, string> annotations, CancellationToken cancel) =>
        _attached.Add(await AttachmentWriter.AddAsync(layout, manifest, mediaType, content, annotations, cancel));

    private ProvenanceRecord Record(OciManifest manifest, AuditReport report)
    {
        HashSet<string> taken = [.. request.Files.Where(static f => f.Source is not null).Select(static f => f.Path)];
        IEnumerable<ProvenanceSource> packed = manifest.Layers.Select(static l => new ProvenanceSource(l.Annotation(AnnotationKeys.FilePath)!, l.Digest)).Where(s => taken.Contains(s.Name));
        IEnumerable<ProvenanceSource> lineage = report.Artifacts
            .Where(static a => a.Child is not null && a.Relation != Relation.Aggregate)
            .Select(static a => new ProvenanceSource(a.Name, null, a.Relation == Relation.Dataset ? null : PackageUrl.OfHubModel(a.Name)));
        return new()
        {
            Name = request.Name,
            Manifest = manifest.Digest,
            ToolVersion = BuildInfo.Version,
            Parameters = Parameters,
            Findings =
            [
                ProvenanceValue.Of("licenseAudit", request.Audit),
                ProvenanceValue.List("licenses", request.Licenses),
                ProvenanceValue.List("missingTexts", audit?.Missing ?? []),
            ],
            Sources = [.. packed, .. Sources, .. lineage],
            Byproducts = [.. _attached.Select(static a => new ProvenanceSource(AttachmentKind.Of(a.ArtifactType), a.Layers[0].Digest, null, a.ArtifactType))],
            Time = request.Created is { } time ? time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", System.Globalization.CultureInfo.InvariantCulture) : null,
        };
    }

    // The name of the calibration data stands in the model; its hash is known when it is among the sources.
    private IEnumerable<ReportFact> CalibrationHashes(ReportModel model) => model.Facts
        .Where(static f => f.Name is "imatrix:file" or "imatrix:dataset" or "option:importance")
        .SelectMany(fact => Sources.Where(s => s.Digest is not null && Path.GetFileName(s.Name) == fact.Value)
            .Select(s => new ReportFact($"{fact.Name}:sha256", s.Digest!.Value.Hex)).Take(1));
}
