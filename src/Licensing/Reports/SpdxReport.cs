using System.Globalization;
using System.Text.Json;
using ModelPack.Licensing.Audit;
using ModelPack.Licensing.Catalog;

namespace ModelPack.Licensing.Reports;

/// <summary>
/// SPDX 2.3 in JSON: a package for each work, with its license as declared and concluded, and the relationships; as a bill of
/// materials also a package for each file with its hash (SPDX wants SHA-1 of what it calls a file), and every tensor's type.
/// </summary>
/// <remarks>Source: SPDX 2.3, ISO/IEC 5962 and its JSON schema.</remarks>
public static class SpdxReport
{
    private const string Nothing = "NOASSERTION";

    // The standard wants a time; this one says that none is told.
    private const string NoTime = "1970-01-01T00:00:00Z";

    /// <param name="report">Licenses and lineage.</param>
    /// <param name="context">What the document says of itself.</param>
    /// <param name="model">For a bill of materials: version, files, tensors; null for a report of licenses.</param>
    public static string Write(AuditReport report, ReportContext context, ReportModel? model = null)
    {
        Dictionary<string, string> ids = report.Artifacts.Select(static (a, i) => (a.Id, Spdx: $"SPDXRef-Package-{i}")).ToDictionary(static p => p.Id, static p => p.Spdx);
        return ReportJson.Write(json => json.Item(() =>
        {
            json.WriteString("spdxVersion", "SPDX-2.3");
            json.WriteString("dataLicense", "CC0-1.0");
            json.WriteString("SPDXID", "SPDXRef-DOCUMENT");
            json.WriteString("name", report.Root.Name);
            json.WriteString("documentNamespace", Namespace(report, model));
            json.Object("creationInfo", () =>
            {
                json.WriteString("created", context.Time ?? NoTime);
                json.Array("creators", (string[])[$"Tool: {ReportContext.ToolName}-{context.ToolVersion}"], json.WriteStringValue);
            });
            json.WriteStartArray("packages");
            foreach (AuditArtifact artifact in report.Artifacts)
            {
                json.Item(() => Package(json, artifact, ids[artifact.Id], artifact.Child is null ? model : null, context));
            }

            for (int i = 0; i < model?.Files.Count; i++)
            {
                json.Item(() => File(json, model.Files[i], FileId(i)));
            }

            json.WriteEndArray();
            json.Array("hasExtractedLicensingInfos", References(report), reference => json.Item(() => Extracted(json, report, reference)));
            json.WriteStartArray("relationships");
            json.Item(() => Relationship(json, "SPDXRef-DOCUMENT", "DESCRIBES", ids["."], null));
            foreach (AuditArtifact artifact in report.Artifacts.Where(static a => a.Child is not null))
            {
                json.Item(() => Relationship(json, ids[artifact.Child!], Kind(artifact.Relation!.Value), ids[artifact.Id], CatalogWords.Spelling(artifact.Relation.Value)));
            }

            for (int i = 0; i < model?.Files.Count; i++)
            {
                json.Item(() => Relationship(json, ids["."], "CONTAINS", FileId(i), null));
            }

            json.WriteEndArray();
        }));
    }

    private static string FileId(int index) => string.Create(CultureInfo.InvariantCulture, $"SPDXRef-File-{index}");

    private static void Package(Utf8JsonWriter json, AuditArtifact artifact, string id, ReportModel? model, ReportContext context)
    {
        json.WriteString("SPDXID", id);
        json.WriteString("name", artifact.Name);
        if (model?.Version is { } version)
        {
            json.WriteString("versionInfo", version);
        }

        if ((model?.PackageUrl ?? (artifact.Child is null ? null : PackageUrl.OfHubModel(artifact.Name))) is { } url && artifact.Relation != Relation.Dataset)
        {
            json.Array("externalRefs", (string[])[url], purl => json.Item(() =>
            {
                json.WriteString("referenceCategory", "PACKAGE-MANAGER");
                json.WriteString("referenceType", "purl");
                json.WriteString("referenceLocator", purl);
            }));
        }

        json.WriteString("downloadLocation", Nothing);
        json.WriteBoolean("filesAnalyzed", false);
        json.WriteString("licenseConcluded", artifact.Conclusion.Expression ?? Nothing);
        json.WriteString("licenseDeclared", artifact.Conclusion.Declared.Count == 0 ? Nothing : LicenseConcluder.All(artifact.Conclusion.Declared));
        json.WriteString("copyrightText", Nothing);
        json.WriteString("licenseComments", $"concluded from: {artifact.Conclusion.Basis}; observed: {(artifact.Conclusion.Observed.Count == 0 ? "nothing" : string.Join(", ", artifact.Conclusion.Observed))}");
        ReportFact[] facts = model is null ? [] : [.. model.Facts, .. model.Tensors.Select(static t => new ReportFact($"tensor:{t.Name}", t.Recipe))];
        json.Array("annotations", facts, fact => json.Item(() => Annotation(json, fact, context)));
    }

    private static void File(Utf8JsonWriter json, ReportFile file, string id)
    {
        json.WriteString("SPDXID", id);
        json.WriteString("name", file.Path);
        json.WriteString("packageFileName", file.Path);
        json.WriteString("primaryPackagePurpose", "FILE");
        json.WriteString("downloadLocation", Nothing);
        json.WriteBoolean("filesAnalyzed", false);
        json.Array("checksums", (string[])[file.Sha256], hash => json.Item(() =>
        {
            json.WriteString("algorithm", "SHA256");
            json.WriteString("checksumValue", hash);
        }));
        json.WriteString("licenseConcluded", Nothing);
        json.WriteString("licenseDeclared", Nothing);
        json.WriteString("copyrightText", Nothing);
    }

    private static void Annotation(Utf8JsonWriter json, ReportFact fact, ReportContext context)
    {
        json.WriteString("annotationDate", context.Time ?? NoTime);
        json.WriteString("annotationType", "OTHER");
        json.WriteString("annotator", $"Tool: {ReportContext.ToolName}-{context.ToolVersion}");
        json.WriteString("comment", $"modelpack:{fact.Name}={fact.Value}");
    }

    // SPDX 2.3 wants the text of every LicenseRef in the document; it stays beside the model, named by file and hash.
    private static void Extracted(Utf8JsonWriter json, AuditReport report, string reference)
    {
        ObservedFile? file = report.Artifacts.SelectMany(static a => a.Files).FirstOrDefault(f => f.Licenses.Any(l => l.Id == reference));
        json.WriteString("licenseId", reference);
        json.WriteString("name", LicenseCatalog.Default.Find(reference)?.Name ?? reference);
        json.WriteString("extractedText", file is null ? "The text was not part of what was audited." : $"See {file.Path} of the model, SHA-256 {file.Sha256}.");
    }

    private static string[] References(AuditReport report) =>
    [
        .. report.Artifacts
            .SelectMany(static a => a.Conclusion.Declared.Append(a.Conclusion.Expression ?? ""))
            .Where(static e => e.Length > 0)
            .SelectMany(DeclaredLicense.Ids)
            .Where(static id => id.StartsWith("LicenseRef-", StringComparison.Ordinal))
            .Distinct().Order(StringComparer.Ordinal),
    ];

    private static void Relationship(Utf8JsonWriter json, string from, string kind, string to, string? comment)
    {
        json.WriteString("spdxElementId", from);
        json.WriteString("relationshipType", kind);
        json.WriteString("relatedSpdxElement", to);
        if (comment is not null)
        {
            json.WriteString("comment", comment);
        }
    }

    private static string Kind(Relation relation) => relation switch
    {
        Relation.Aggregate => "CONTAINS",
        Relation.Convert or Relation.Quantize or Relation.Distil => "GENERATED_FROM",
        Relation.Dataset => "DEPENDS_ON",
        _ => "DESCENDANT_OF",
    };

    // Unique for what the document says, and the same for the same audit.
    private static string Namespace(AuditReport report, ReportModel? model) =>
        $"https://spdx.org/spdxdocs/{Uri.EscapeDataString(report.Root.Name.Replace('/', '-'))}-{ContentId.Hex(report, model)}";
}
