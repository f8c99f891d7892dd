using System.Globalization;
using ModelPack.Cli.Documents;
using ModelPack.Licensing.Audit;
using ModelPack.Licensing.Reports;
using ModelPack.Models;
using ModelPack.Packaging.Registries;

namespace ModelPack.Cli.Licenses;

/// <summary>Writes an audit in the format that was asked for, to stdout or to a file that appears when it is complete.</summary>
internal static class AuditOutput
{
    /// <param name="report">The audit.</param>
    /// <param name="format">Format.</param>
    /// <param name="model">The MODEL argument.</param>
    /// <param name="file">The file; null for stdout.</param>
    /// <param name="output">stdout.</param>
    /// <exception cref="ModelPackException">The file cannot be written.</exception>
    public static void Write(AuditReport report, AuditFormat format, string model, string? file, TextWriter output)
    {
        using StringWriter text = new(CultureInfo.InvariantCulture) { NewLine = "\n" };
        ReportContext context = new(BuildInfo.Version, Relative(model), Directory.Exists(model), BuildInfo.SourceDate() ?? TimeProvider.System.GetUtcNow());
        switch (format)
        {
            case AuditFormat.Json:
                JsonDocuments.Write(text, LicenseAuditDocument.From(report));
                break;
            case AuditFormat.Sarif:
                text.Write(SarifReport.Write(report, context));
                break;
            case AuditFormat.JUnit:
                text.Write(JUnitReport.Write(report, context));
                break;
            case AuditFormat.CycloneDx:
                text.Write(CycloneDxReport.Write(report, context));
                break;
            case AuditFormat.Spdx:
                text.Write(SpdxReport.Write(report, context));
                break;
            default:
                AuditText.Write(text, report);
                break;
        }

        if (file is null)
        {
            output.Write(text.ToString());
        }
        else
        {
            TextFile.Write(file, text.ToString(), overwrite: true);
        }
    }

    // A pipeline reads reports at the root of its checkout, where it also runs the tool; no path of the machine leaves it.
    private static string Relative(string model)
    {
        if (RegistryReference.IsOne(model))
        {
            return model;
        }

        string relative = Path.GetRelativePath(Directory.GetCurrentDirectory(), Path.GetFullPath(model)).Replace('\\', '/');
        return relative.StartsWith("../", StringComparison.Ordinal) || Path.IsPathRooted(relative)
            ? Path.GetFileName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(model)))
            : relative;
    }
}
