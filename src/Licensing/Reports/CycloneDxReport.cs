using System.Text.Json;
using ModelPack.Licensing.Audit;
using ModelPack.Licensing.Catalog;
using ModelPack.Licensing.Identity;
using ModelPack.Licensing.Spdx;

namespace ModelPack.Licensing.Reports;

/// <summary>
/// CycloneDX 1.6: the model with its licenses as declared, concluded and observed, what it was made from as its pedigree, and
/// its datasets; as a bill of materials also its files with their hashes and every tensor's type.
/// </summary>
/// <remarks>
/// Source: ECMA-424, CycloneDX 1.6, bom-1.6.schema.json. The standard has no field for quantization: it stands in properties.
/// </remarks>
public static class CycloneDxReport
{
    private const string Prefix = "modelpack:";

    /// <param name="report">Licenses and lineage.</param>
    /// <param name="context">What the document says of itself.</param>
    /// <param name="model">For a bill of materials: version, files, tensors; null for a report of licenses.</param>
    public static string Write(AuditReport report, ReportContext context, ReportModel? model = null) => model is null
        ? Write(report, context, null, null)
        : Write(report, context, model, ContentId.Uuid(Write(report, context, model, null)));

    private static string Write(AuditReport report, ReportContext context, ReportModel? model, string? serial) => ReportJson.Write(json => json.Item(() =>
    {
        json.WriteString("$schema", "http://cyclonedx.org/schema/bom-1.6.schema.json");
        json.WriteString("bomFormat", "CycloneDX");
        json.WriteString("specVersion", "1.6");
        Text(json, "serialNumber", serial is null ? null : $"urn:uuid:{serial}");
        json.WriteNumber("version", 1);
        json.Object("metadata", () =>
        {
            Text(json, "timestamp", context.Time);
            json.Object("tools", () => json.Array("components", (int[])[0], _ => json.Item(() =>
            {
                json.WriteString("type", "application");
                json.WriteString("name", ReportContext.ToolName);
                json.WriteString("version", context.ToolVersion);
            })));
            json.Object("component", () => Component(json, report, report.Root, model));
        });
        AuditArtifact[] components =
        [
            .. report.Artifacts.Where(static a => a.Child is not null && a.Relation is Relation.Aggregate or Relation.Dataset),
        ];
        json.Array("components", components, c => json.Item(() => Component(json, report, c, model is null ? null : ReportModel.Unknown)));
    }));

    private static void Component(Utf8JsonWriter json, AuditReport report, AuditArtifact artifact, ReportModel? model)
    {
        bool isModel = artifact.Kind is not ("dataset" or "component" or "folder");
        json.WriteString("type", isModel ? "machine-learning-model" : artifact.Kind == "dataset" ? "data" : "library");
        json.WriteString("bom-ref", artifact.Id == "." ? "model" : artifact.Id);
        json.WriteString("name", artifact.Name);
        Text(json, "version", model?.Version);
        Text(json, "purl", model?.PackageUrl ?? (artifact.Child is null || !isModel ? null : PackageUrl.OfHubModel(artifact.Name)));
        Hashes(json, model?.Files is [{ } only] ? only.Sha256 : null);
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
                json.Array("ancestors", parents, p => json.Item(() => Component(json, report, p, model is null ? null : ReportModel.Unknown)));
                json.WriteString("notes", string.Join("; ", parents.Select(static p => $"{CatalogWords.Spelling(p.Relation!.Value)} of {p.Name}")));
            });
        }

        AuditArtifact[] data = [.. report.Artifacts.Where(a => a.Child == artifact.Id && a.Relation == Relation.Dataset)];
        if (isModel && (data.Length > 0 || model is { Architecture: not null } or { IsTextModel: true } or { Tensors.Count: > 0 }))
        {
            json.Object("modelCard", () => Card(json, data, model));
        }

        json.Array("components", model?.Files ?? [], file => json.Item(() =>
        {
            json.WriteString("type", "file");
            json.WriteString("bom-ref", $"file:{file.Path}");
            json.WriteString("name", file.Path);
            Hashes(json, file.Sha256);
        }));
        ReportFact[] facts = model is null ? [new("license:verdict", CatalogWords.Spelling(artifact.Verdict))] : [.. model.Facts];
        Properties(json, facts);
    }

    private static void Card(Utf8JsonWriter json, AuditArtifact[] data, ReportModel? model)
    {
        json.Object("modelParameters", () =>
        {
            Text(json, "task", model?.IsTextModel is true ? "text-generation" : null);
            Text(json, "modelArchitecture", model?.Architecture);
            json.Array("datasets", data, d => json.Item(() => json.WriteString("ref", d.Id)));
            foreach (string name in model?.IsTextModel is true ? (string[])["inputs", "outputs"] : [])
            {
                json.Array(name, (int[])[0], _ => json.Item(() => json.WriteString("format", "text")));
            }
        });
        Properties(json, [.. (model?.Tensors ?? []).Select(static t => new ReportFact($"tensor:{t.Name}", t.Recipe))]);
    }

    private static void Properties(Utf8JsonWriter json, ReportFact[] facts) => json.Array("properties", facts, fact => json.Item(() =>
    {
        json.WriteString("name", Prefix + fact.Name);
        json.WriteString("value", fact.Value);
    }));

    private static void Hashes(Utf8JsonWriter json, string? sha256) => json.Array("hashes", sha256 is null ? [] : (string[])[sha256], hash => json.Item(() =>
    {
        json.WriteString("alg", "SHA-256");
        json.WriteString("content", hash);
    }));

    private static void Text(Utf8JsonWriter json, string name, string? value)
    {
        if (value is not null)
        {
            json.WriteString(name, value);
        }
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
