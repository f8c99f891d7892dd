using System.Globalization;
using System.Text;
using System.Xml;
using ModelPack.Licensing.Audit;
using ModelPack.Licensing.Catalog;
using ModelPack.Licensing.Compatibility;

namespace ModelPack.Licensing.Reports;

/// <summary>JUnit XML: a test for each work and license; what must be decided, or is denied, is a failure.</summary>
public static class JUnitReport
{
    /// <param name="report">The audit.</param>
    /// <param name="context">For the suite's properties.</param>
    public static string Write(AuditReport report, ReportContext context)
    {
        (AuditArtifact Artifact, string License, AuditFinding[] Findings)[] cases = [.. report.Artifacts.SelectMany(a => Cases(report, a))];
        int failures = cases.Count(static c => c.Findings.Any(static f => f.Verdict >= Verdict.Review));
        StringBuilder text = new();
        using (XmlWriter xml = XmlWriter.Create(text, new XmlWriterSettings { Indent = true, NewLineChars = "\n", OmitXmlDeclaration = true }))
        {
            xml.WriteStartElement("testsuites");
            xml.WriteStartElement("testsuite");
            xml.WriteAttributeString("name", $"license audit of {Clean(report.Root.Name)} for {CatalogWords.Spelling(report.Use)} use");
            xml.WriteAttributeString("tests", cases.Length.ToString(CultureInfo.InvariantCulture));
            xml.WriteAttributeString("failures", failures.ToString(CultureInfo.InvariantCulture));
            xml.WriteAttributeString("errors", "0");
            xml.WriteAttributeString("skipped", "0");
            xml.WriteAttributeString("timestamp", (context.Created ?? DateTimeOffset.UnixEpoch).UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss", CultureInfo.InvariantCulture));
            foreach ((AuditArtifact artifact, string license, AuditFinding[] findings) in cases)
            {
                WriteCase(xml, artifact, license, findings);
            }

            xml.WriteEndElement();
            xml.WriteEndElement();
        }

        return $"<?xml version=\"1.0\" encoding=\"utf-8\"?>\n{text}\n";
    }

    private static IEnumerable<(AuditArtifact Artifact, string License, AuditFinding[] Findings)> Cases(AuditReport report, AuditArtifact artifact)
    {
        AuditFinding[] findings = [.. report.Of(artifact)];
        IEnumerable<string> concluded = artifact.Conclusion.Expression is { } expression ? DeclaredLicense.Ids(expression) : [];
        return concluded.Concat(findings.Select(static f => f.Finding.License)).Distinct()
            .Select(license => (artifact, license, findings.Where(f => f.Finding.License == license).ToArray()));
    }

    private static void WriteCase(XmlWriter xml, AuditArtifact artifact, string license, AuditFinding[] findings)
    {
        xml.WriteStartElement("testcase");
        xml.WriteAttributeString("classname", Clean(artifact.Name));
        xml.WriteAttributeString("name", Clean(license));
        xml.WriteAttributeString("time", "0");
        AuditFinding[] failed = [.. findings.Where(static f => f.Verdict >= Verdict.Review)];
        if (failed.Length > 0)
        {
            xml.WriteStartElement("failure");
            xml.WriteAttributeString("type", CatalogWords.Spelling(failed.Max(static f => f.Verdict)));
            xml.WriteAttributeString("message", Clean(Sentence(failed[0])));
            xml.WriteString(Clean(string.Join('\n', failed.Select(Sentence))));
            xml.WriteEndElement();
        }

        AuditFinding[] others = [.. findings.Except(failed)];
        if (others.Length > 0)
        {
            xml.WriteElementString("system-out", Clean(string.Join('\n', others.Select(Sentence))));
        }

        xml.WriteEndElement();
    }

    private static string Sentence(AuditFinding found)
    {
        Finding finding = found.Finding;
        string clause = finding.Clause is null ? "" : $" {finding.Clause}:";
        string statement = finding.Print is null ? "" : $" Print: \"{finding.Print}\"";
        string excepted = found.Excepted is null ? "" : $" Excepted: {found.Excepted}";
        return $"{finding.Code} {CatalogWords.Spelling(finding.Verdict)}:{clause} {finding.Text}{statement}{excepted}";
    }

    // A stranger's metadata may hold characters that XML cannot.
    private static string Clean(string text) => string.Concat(text.EnumerateRunes().Select(static rune =>
        rune.Value is '\t' or '\n' or (>= 0x20 and <= 0xD7FF) or (>= 0xE000 and <= 0xFFFD) or >= 0x10000 ? rune.ToString() : "\uFFFD"));
}
