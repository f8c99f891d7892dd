using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using ModelPack.Licensing.Audit;
using ModelPack.Licensing.Catalog;
using ModelPack.Licensing.Compatibility;

namespace ModelPack.Licensing.Reports;

/// <summary>SARIF 2.1.0 for code scanning. Only what needs action: allowed works and duties would drown it.</summary>
/// <remarks>Source: OASIS, Static Analysis Results Interchange Format 2.1.0.</remarks>
public static class SarifReport
{
    private const string Schema = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json";

    public static string Write(AuditReport report, ReportContext context)
    {
        AuditFinding[] findings = [.. report.Findings.Where(static f => f.Verdict >= Verdict.Review)];
        string[] codes = [.. findings.Select(static f => f.Finding.Code).Distinct().Order(StringComparer.Ordinal)];
        return ReportJson.Write(json => json.Item(() =>
        {
            json.WriteString("$schema", Schema);
            json.WriteString("version", "2.1.0");
            json.Array("runs", (int[])[0], _ => json.Item(() =>
            {
                json.Object("tool", () => json.Object("driver", () =>
                {
                    json.WriteString("name", ReportContext.ToolName);
                    json.WriteString("semanticVersion", context.ToolVersion);
                    json.Array("rules", codes, code => Rule(json, code));
                }));
                json.WriteString("columnKind", "utf16CodeUnits");
                json.WriteStartArray("results");
                foreach (AuditFinding finding in findings)
                {
                    json.Item(() => Result(json, report, context, finding, Array.IndexOf(codes, finding.Finding.Code)));
                }

                json.WriteEndArray();
            }));
        }));
    }

    private static void Rule(Utf8JsonWriter json, string code) => json.Item(() =>
    {
        string title = FindingCode.Title(code);
        json.WriteString("id", code);
        json.WriteString("name", title);
        json.Object("shortDescription", () => json.WriteString("text", title));
        json.Object("properties", () => json.Array("tags", (string[])["license"], json.WriteStringValue));
    });

    private static void Result(Utf8JsonWriter json, AuditReport report, ReportContext context, AuditFinding found, int rule)
    {
        Finding finding = found.Finding;
        AuditArtifact artifact = report.Artifacts.First(a => a.Id == found.Artifact);
        string clause = finding.Clause is null ? "" : $", {finding.Clause}";
        json.WriteString("ruleId", finding.Code);
        json.WriteNumber("ruleIndex", rule);
        json.WriteString("level", finding.Verdict == Verdict.Denied ? "error" : "warning");
        json.Object("message", () => json.WriteString("text", $"{artifact.Name}: {finding.License}{clause}: {finding.Text}"));
        json.Array("locations", (int[])[0], _ => json.Item(() =>
        {
            json.Object("physicalLocation", () =>
            {
                json.Object("artifactLocation", () => json.WriteString("uri", Uri.EscapeDataString(context.Locate(Place(artifact, found))).Replace("%2F", "/", StringComparison.Ordinal)));
                json.Object("region", () => json.WriteNumber("startLine", 1));
            });
            json.Array("logicalLocations", (int[])[0], _ => json.Item(() => json.WriteString("fullyQualifiedName", string.Join(" > ", finding.Path))));
        }));
        json.Object("partialFingerprints", () => json.WriteString("modelpackFinding/v1", Fingerprint(found)));
        json.Object("properties", () =>
        {
            json.WriteString("verdict", CatalogWords.Spelling(finding.Verdict));
            json.WriteString("license", finding.License);
            json.Array("facts", finding.Facts, json.WriteStringValue);
        });
    }

    // A finding on a parent shows where the parent is named: "README.md base_model".
    private static string? Place(AuditArtifact artifact, AuditFinding finding) =>
        finding.File ?? (artifact.Child == "." && artifact.Relation != Relation.Aggregate ? artifact.Source?.Split(' ')[0] : null);

    // The same finding keeps its fingerprint when sentences are reworded.
    private static string Fingerprint(AuditFinding found) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(
        string.Join('\n', found.Artifact, found.Finding.Code, found.Finding.License, found.Finding.Clause))))[..32];
}
