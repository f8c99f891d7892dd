using System.Text.Json;
using ModelPack.Licensing.Audit;
using ModelPack.Licensing.Catalog;
using ModelPack.Licensing.Identity;
using ModelPack.Licensing.Spdx;

namespace ModelPack.Licensing.Reports;

/// <summary>
/// CycloneDX 1.6: the model with its licenses as declared, concluded and observed, what it was made from as its pedigree, and
/// its datasets.
/// </summary>
/// <remarks>Source: ECMA-424, CycloneDX 1.6, bom-1.6.schema.json.</remarks>
public static class CycloneDxReport
{
    public static string Write(AuditReport report, ReportContext context) => ReportJson.Write(json => json.Item(() =>
    {
        json.WriteString("$schema", "http://cyclonedx.org/schema/bom-1.6.schema.json");
        json.WriteString("bomFormat", "CycloneDX");
        json.WriteString("specVersion", "1.6");
        json.WriteNumber("version", 1);
        json.Object("metadata", () =>
        {
            json.WriteString("timestamp", context.Created.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", System.Globalization.CultureInfo.InvariantCulture));
            json.Object("tools", () => json.Array("components", (int[])[0], _ => json.Item(() =>
            {
                json.WriteString("type", "application");
                json.WriteString("name", ReportContext.ToolName);
                json.WriteString("version", context.ToolVersion);
            })));
            json.Object("component", () => Component(json, report, report.Root));
        });
        AuditArtifact[] components =
        [
            .. report.Artifacts.Where(static a => a.Child is not null && a.Relation is Relation.Aggregate or Relation.Dataset),
        ];
        json.Array("components", components, c => json.Item(() => Component(json, report, c)));
    }));

    private static void Component(Utf8JsonWriter json, AuditReport report, AuditArtifact artifact)
    {
        bool isModel = artifact.Kind is not ("dataset" or "component" or "folder");
        json.WriteString("type", isModel ? "machine-learning-model" : artifact.Kind == "dataset" ? "data" : "library");
        json.WriteString("bom-ref", artifact.Id == "." ? "model" : artifact.Id);
        json.WriteString("name", artifact.Name);
        Licenses(json, artifact);
        Evidence(json, artifact);
        AuditArtifact[] parents =
        [
            .. report.Artifacts.Where(a => a.Child == artifact.Id && a.Relation is not (Relation.Aggregate or Relation.Dataset)),
        ];
        if (parents.Length > 0)
        {
            json.Object("pedigree", () =>
            {
                json.Array("ancestors", parents, p => json.Item(() => Component(json, report, p)));
                json.WriteString("notes", string.Join("; ", parents.Select(static p => $"{CatalogWords.Spelling(p.Relation!.Value)} of {p.Name}")));
            });
        }

        AuditArtifact[] data = [.. report.Artifacts.Where(a => a.Child == artifact.Id && a.Relation == Relation.Dataset)];
        if (data.Length > 0 && isModel)
        {
            json.Object("modelCard", () => json.Object("modelParameters", () =>
                json.Array("datasets", data, d => json.Item(() => json.WriteString("ref", d.Id)))));
        }

        json.Array("properties", (int[])[0], _ => json.Item(() =>
        {
            json.WriteString("name", "modelpack:license:verdict");
            json.WriteString("value", CatalogWords.Spelling(artifact.Verdict));
        }));
    }

    // The schema takes a list of single licenses, or one expression alone.
    private static void Licenses(Utf8JsonWriter json, AuditArtifact artifact)
    {
        string? concluded = artifact.Conclusion.Expression;
        if (concluded is not null && IsCompound(concluded))
        {
            json.Array("licenses", (int[])[0], _ => json.Item(() =>
            {
                json.WriteString("expression", concluded);
                json.WriteString("acknowledgement", "concluded");
            }));
            return;
        }

        (string Id, string Acknowledgement)[] all =
        [
            .. artifact.Conclusion.Declared.Where(static id => !IsCompound(id)).Select(static id => (id, "declared")),
            .. concluded is null ? [] : ((string, string)[])[(concluded, "concluded")],
        ];
        json.Array("licenses", all, one => json.Item(() => json.Object("license", () =>
        {
            Name(json, one.Id);
            json.WriteString("acknowledgement", one.Acknowledgement);
        })));
    }

    private static void Evidence(Utf8JsonWriter json, AuditArtifact artifact)
    {
        string[] observed =
        [
            .. artifact.Files.SelectMany(static f => f.Licenses).Where(static l => l.State != DetectionState.None).Select(static l => l.Id).Distinct(),
        ];
        if (observed.Length > 0)
        {
            json.Object("evidence", () => json.Array("licenses", observed, id => json.Item(() => json.Object("license", () => Name(json, id)))));
        }
    }

    private static bool IsCompound(string expression) => expression.Contains(' ', StringComparison.Ordinal);

    private static void Name(Utf8JsonWriter json, string id) => json.WriteString(SpdxLicenseList.Find(id) is null ? "name" : "id", id);
}
