using ModelPack.Licensing.Audit;
using ModelPack.Licensing.Reports;
using ModelPack.Packaging.Oci;

namespace ModelPack.Cli.Sboms;

/// <summary>A format of bills of materials.</summary>
/// <param name="Name">As the command line calls it.</param>
/// <param name="MediaType">Its type in packages.</param>
/// <param name="Write">Writes one.</param>
internal sealed record SbomFormat(string Name, string MediaType, Func<AuditReport, ReportContext, ReportModel, string> Write)
{
    public static SbomFormat CycloneDx { get; } = new("cyclonedx", MediaTypes.CycloneDx, CycloneDxReport.Write);

    public static SbomFormat Spdx { get; } = new("spdx", MediaTypes.Spdx, SpdxReport.Write);

    public static IReadOnlyList<SbomFormat> All { get; } = [CycloneDx, Spdx];

    /// <summary>Writes a bill of a model; the same model gives the same bytes, whenever and wherever it is written.</summary>
    public string Create(AuditReport report, ReportModel model) => Write(report, new(BuildInfo.Version, "", false, BuildInfo.SourceDate()), model);
}
