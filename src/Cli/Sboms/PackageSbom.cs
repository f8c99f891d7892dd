using System.Text;
using System.Text.Json;
using ModelPack.Cli.Licenses.Evidence;
using ModelPack.Cli.Packages;
using ModelPack.Licensing.Audit;
using ModelPack.Licensing.Reports;
using ModelPack.Models;
using ModelPack.Packaging.Attachments;
using ModelPack.Packaging.Oci;
using ModelPack.Packaging.Transfers;

namespace ModelPack.Cli.Sboms;

/// <summary>The bill of materials of a package where it is: the one that is attached, or one of its manifest, config and texts.</summary>
internal static class PackageSbom
{
    private static readonly string[] ConfigFields = ["format", "paramSize", "precision", "quantization"];

    /// <param name="store">Where the package is.</param>
    /// <param name="manifest">Of one variant.</param>
    /// <param name="format">The format that is wanted.</param>
    /// <param name="warn">Told when none is attached.</param>
    /// <param name="cancel">Stops.</param>
    public static async Task<string> ReadAsync(PackageStore store, OciManifest manifest, SbomFormat format, Action<string> warn, CancellationToken cancel)
    {
        IReadOnlyList<Attachment> attached = await AttachmentReader.ReadAsync(store, manifest.Digest, [format.MediaType], cancel);
        if (attached.Count > 0)
        {
            return Encoding.UTF8.GetString(attached[0].Content.Span);
        }

        warn($"no {format.Name} bill is attached: this one is made of the package's config and texts, and knows no tensors");
        string name = manifest.Annotation(AnnotationKeys.Title) ?? "model";
        AuditReport report = SbomReport.Join(name, [SbomReport.Of(await PackageSubject.ReadAsync(store, manifest, name, warn, cancel))]);
        return format.Create(report, Model(manifest, name, manifest.Config is { } config ? await AttachmentReader.ContentAsync(store, config, cancel) : []));
    }

    private static ReportModel Model(OciManifest manifest, string name, byte[] config)
    {
        JsonElement? fields = Fields(config);
        return new()
        {
            Version = manifest.Annotation(AnnotationKeys.Version),
            PackageUrl = PackageUrl.OfManifest(name, manifest.Digest.Hex),
            Architecture = fields is { } known ? ConfigEvidence.Text(known, "architecture") : null,
            Files = PackRecords.FilesOf(manifest),
            Facts = [.. ConfigFields.Select(f => (Name: f, Value: fields is { } all ? ConfigEvidence.Text(all, f) : null)).Where(static f => f.Value is not null).Select(static f => new ReportFact(f.Name, f.Value!))],
            Tensors = [],
        };
    }

    private static JsonElement? Fields(byte[] config)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(config, new JsonDocumentOptions { MaxDepth = 32 });
            return document.RootElement.ValueKind == JsonValueKind.Object && document.RootElement.TryGetProperty("config", out JsonElement fields) && fields.ValueKind == JsonValueKind.Object
                ? fields.Clone()
                : null;
        }
        catch (JsonException fault)
        {
            throw new ModelPackException($"the package's config is no JSON: {fault.Message.TrimEnd('.')}", fault);
        }
    }
}
