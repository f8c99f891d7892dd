using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using ModelPack.Licensing.Audit;
using ModelPack.Licensing.Catalog;

namespace ModelPack.Licensing.Reports;

/// <summary>SPDX 2.3 in JSON: a package for each work, with its license as declared and concluded, and the relationships.</summary>
/// <remarks>Source: SPDX 2.3, ISO/IEC 5962 and its JSON schema.</remarks>
public static class SpdxReport
{
    private const string Nothing = "NOASSERTION";

    public static string Write(AuditReport report, ReportContext context)
    {
        Dictionary<string, string> ids = report.Artifacts.Select(static (a, i) => (a.Id, Spdx: $"SPDXRef-Package-{i}")).ToDictionary(static p => p.Id, static p => p.Spdx);
        return ReportJson.Write(json => json.Item(() =>
        {
            json.WriteString("spdxVersion", "SPDX-2.3");
            json.WriteString("dataLicense", "CC0-1.0");
            json.WriteString("SPDXID", "SPDXRef-DOCUMENT");
            json.WriteString("name", report.Root.Name);
            json.WriteString("documentNamespace", Namespace(report));
            json.Object("creationInfo", () =>
            {
                json.WriteString("created", context.Created.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture));
                json.Array("creators", (string[])[$"Tool: {ReportContext.ToolName}-{context.ToolVersion}"], json.WriteStringValue);
            });
            json.Array("packages", report.Artifacts, a => json.Item(() => Package(json, a, ids[a.Id])));
            json.Array("hasExtractedLicensingInfos", References(report), reference => json.Item(() => Extracted(json, report, reference)));
            json.WriteStartArray("relationships");
            json.Item(() => Relationship(json, "SPDXRef-DOCUMENT", "DESCRIBES", ids["."], null));
            foreach (AuditArtifact artifact in report.Artifacts.Where(static a => a.Child is not null))
            {
                json.Item(() => Relationship(json, ids[artifact.Child!], Kind(artifact.Relation!.Value), ids[artifact.Id], CatalogWords.Spelling(artifact.Relation.Value)));
            }

            json.WriteEndArray();
        }));
    }

    private static void Package(Utf8JsonWriter json, AuditArtifact artifact, string id)
    {
        json.WriteString("SPDXID", id);
        json.WriteString("name", artifact.Name);
        json.WriteString("downloadLocation", Nothing);
        json.WriteBoolean("filesAnalyzed", false);
        json.WriteString("licenseConcluded", artifact.Conclusion.Expression ?? Nothing);
        json.WriteString("licenseDeclared", artifact.Conclusion.Declared.Count == 0 ? Nothing : LicenseConcluder.All(artifact.Conclusion.Declared));
        json.WriteString("copyrightText", Nothing);
        json.WriteString("licenseComments", $"concluded from: {artifact.Conclusion.Basis}; observed: {(artifact.Conclusion.Observed.Count == 0 ? "nothing" : string.Join(", ", artifact.Conclusion.Observed))}");
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
    private static string Namespace(AuditReport report)
    {
        string content = string.Join('\n', report.Artifacts.Select(static a => $"{a.Id} {a.Conclusion.Expression} {string.Join(' ', a.Files.Select(static f => f.Sha256))}"));
        string hash = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(content)))[..32];
        return $"https://spdx.org/spdxdocs/{Uri.EscapeDataString(report.Root.Name.Replace('/', '-'))}-{hash}";
    }
}
