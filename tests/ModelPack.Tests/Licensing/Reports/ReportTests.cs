using System.Text.Json;
using System.Xml.Linq;
using ModelPack.Licensing.Audit;
using ModelPack.Licensing.Catalog;
using ModelPack.Licensing.Reports;
using ModelPack.Tests.Support;
using static ModelPack.Tests.Licensing.Audit.AuditSetup;

namespace ModelPack.Tests.Licensing.Reports;

public sealed class ReportTests
{
    private static readonly ReportContext Context =
        new("1.2.3", "models/a model", true, new DateTimeOffset(2026, 11, 22, 10, 11, 12, TimeSpan.FromHours(1)));

    [Fact]
    public async Task Sarif_is_what_code_scanning_takes()
    {
        using TempFolder folder = new();
        string all = folder.File("all.sarif");
        string none = folder.File("none.sarif");
        File.WriteAllText(all, SarifReport.Write(Mixed(), Context));
        File.WriteAllText(none, SarifReport.Write(Run(Model("apache-2.0")), Context));
        string tool = RepositoryFolder.Join("tests", "peers", "node_modules", "@microsoft", "sarif-multitool-linux", "Sarif.Multitool");
        if (!OperatingSystem.IsLinux())
        {
            Assert.Skip("the package of Sarif.Multitool that is installed runs on Linux only");
            return;
        }

        File.SetUnixFileMode(tool, File.GetUnixFileMode(tool) | UnixFileMode.UserExecute);
        (_, string said, _) = await ExternalProgram.StartAsync(tool, "validate", all, none, "--rule-kind", "Sarif;Ghas", "--level", "Error", "--output", folder.File("log.sarif"));
        using JsonDocument log = JsonDocument.Parse(File.ReadAllBytes(folder.File("log.sarif")));
        string[] faults = [.. log.RootElement.GetProperty("runs")[0].GetProperty("results").EnumerateArray().Select(static r => r.GetRawText())];
        Assert.True(faults.Length == 0, string.Join('\n', faults) + said);
    }

    [Fact]
    public void Sarif_holds_only_what_needs_action()
    {
        AuditReport report = Mixed();
        using JsonDocument document = JsonDocument.Parse(SarifReport.Write(report, Context));
        JsonElement run = document.RootElement.GetProperty("runs")[0];
        JsonElement[] results = [.. run.GetProperty("results").EnumerateArray()];
        AuditFinding[] expected = [.. report.Findings.Where(static f => f.Verdict >= Verdict.Review)];
        Assert.True(report.Findings.Count > expected.Length);
        Assert.Equal(expected.Select(static f => f.Finding.Code), results.Select(static r => r.GetProperty("ruleId").GetString()));
        Assert.Equal(
            expected.Select(static f => f.Verdict == Verdict.Denied ? "error" : "warning"),
            results.Select(static r => r.GetProperty("level").GetString()));
        Assert.All(results, r => Assert.Equal(
            r.GetProperty("ruleId").GetString(),
            run.GetProperty("tool").GetProperty("driver").GetProperty("rules")[r.GetProperty("ruleIndex").GetInt32()].GetProperty("id").GetString()));
        JsonElement disagreement = results.First(static r => r.GetProperty("ruleId").GetString() == "MPL105");
        Assert.Equal("models/a%20model/README.md", disagreement.GetProperty("locations")[0].GetProperty("physicalLocation").GetProperty("artifactLocation").GetProperty("uri").GetString());
        Assert.Distinct(results.Select(static r => r.GetProperty("partialFingerprints").GetProperty("modelpackFinding/v1").GetString()));
    }

    [Fact]
    public void JUnit_has_a_test_for_each_work_and_license()
    {
        AuditReport report = Mixed();
        XElement suite = XDocument.Parse(JUnitReport.Write(report, Context)).Root!.Element("testsuite")!;
        XElement[] cases = [.. suite.Elements("testcase")];
        Assert.Equal(cases.Length.ToString(System.Globalization.CultureInfo.InvariantCulture), suite.Attribute("tests")!.Value);
        Assert.Equal(
            cases.Count(static c => c.Element("failure") is not null).ToString(System.Globalization.CultureInfo.InvariantCulture),
            suite.Attribute("failures")!.Value);
        XElement llama = Assert.Single(cases, static c => c.Attribute("name")!.Value == "LicenseRef-Llama-3.1");
        Assert.Equal("meta-llama/Llama-3.1-8B", llama.Attribute("classname")!.Value);
        Assert.Equal("denied", llama.Element("failure")!.Attribute("type")!.Value);
        Assert.Contains("Built with Llama", llama.Element("system-out")!.Value, StringComparison.Ordinal);
        XElement clean = XDocument.Parse(JUnitReport.Write(Run(Model("apache-2.0")), Context)).Root!.Element("testsuite")!;
        Assert.Equal("0", clean.Attribute("failures")!.Value);
        Assert.Null(Assert.Single(clean.Elements("testcase")).Element("failure"));
        Assert.Equal("2026-11-22T09:11:12", suite.Attribute("timestamp")!.Value);
    }

    [Fact]
    public void JUnit_survives_a_hostile_name()
    {
        AuditSubject subject = Model("apache-2.0\u0001]]>") with { Name = "a\u0000<b>&\uD800\"" };
        XElement suite = XDocument.Parse(JUnitReport.Write(Run(subject), Context)).Root!.Element("testsuite")!;
        Assert.Contains("a\uFFFD<b>&\uFFFD\"", suite.Attribute("name")!.Value, StringComparison.Ordinal);
    }

    [Fact]
    public async Task CycloneDx_is_valid_and_keeps_three_kinds_of_evidence()
    {
        using TempFolder folder = new();
        string[] files = [folder.File("mixed.json"), folder.File("both.json"), folder.File("unknown.json")];
        File.WriteAllText(files[0], CycloneDxReport.Write(Mixed(), Context));
        File.WriteAllText(files[1], CycloneDxReport.Write(
            Run(Model("apache-2.0", [("LICENSE", SpdxTexts.Text("Apache-2.0") + "\n\n" + SpdxTexts.Text("BSD-3-Clause"))])), Context));
        File.WriteAllText(files[2], CycloneDxReport.Write(Run(Model()), Context));
        Assert.Equal((0, "", ""), await ExternalProgram.NodeAsync("cyclonedx.mjs", files));

        using JsonDocument document = JsonDocument.Parse(File.ReadAllBytes(files[0]));
        JsonElement model = document.RootElement.GetProperty("metadata").GetProperty("component");
        Assert.Equal("machine-learning-model", model.GetProperty("type").GetString());
        Assert.Equal(["MIT declared", "Apache-2.0 concluded"], model.GetProperty("licenses").EnumerateArray().Select(static l => l.GetProperty("license"))
            .Select(static l => $"{l.GetProperty("id").GetString()} {l.GetProperty("acknowledgement").GetString()}"));
        Assert.Equal("Apache-2.0", model.GetProperty("evidence").GetProperty("licenses")[0].GetProperty("license").GetProperty("id").GetString());
        JsonElement ancestor = model.GetProperty("pedigree").GetProperty("ancestors")[0];
        Assert.Equal("meta-llama/Llama-3.1-8B", ancestor.GetProperty("name").GetString());
        string data = model.GetProperty("modelCard").GetProperty("modelParameters").GetProperty("datasets")[0].GetProperty("ref").GetString()!;
        Assert.Contains(document.RootElement.GetProperty("components").EnumerateArray(), c => c.GetProperty("bom-ref").GetString() == data);
    }

    [Fact]
    public void Spdx_has_a_package_for_each_work_and_its_relations()
    {
        AuditReport report = Mixed();
        using JsonDocument document = JsonDocument.Parse(SpdxReport.Write(report, Context));
        JsonElement root = document.RootElement;
        Assert.Equal(("SPDX-2.3", "CC0-1.0"), (root.GetProperty("spdxVersion").GetString(), root.GetProperty("dataLicense").GetString()));
        Assert.Equal("2026-11-22T09:11:12Z", root.GetProperty("creationInfo").GetProperty("created").GetString());
        JsonElement[] packages = [.. root.GetProperty("packages").EnumerateArray()];
        Assert.Equal(report.Artifacts.Select(static a => a.Name), packages.Select(static p => p.GetProperty("name").GetString()));
        Assert.Equal(("Apache-2.0", "MIT"), (packages[0].GetProperty("licenseConcluded").GetString(), packages[0].GetProperty("licenseDeclared").GetString()));

        // Every reference is defined once, every element that a relationship names exists.
        HashSet<string> ids = [.. packages.Select(static p => p.GetProperty("SPDXID").GetString()!), "SPDXRef-DOCUMENT"];
        JsonElement[] relations = [.. root.GetProperty("relationships").EnumerateArray()];
        Assert.All(relations, r => Assert.Subset(ids, new HashSet<string> { r.GetProperty("spdxElementId").GetString()!, r.GetProperty("relatedSpdxElement").GetString()! }));
        Assert.Equal(["DESCRIBES", "DESCENDANT_OF", "DEPENDS_ON"], relations.Select(static r => r.GetProperty("relationshipType").GetString()));
        string[] defined = [.. root.GetProperty("hasExtractedLicensingInfos").EnumerateArray().Select(static e => e.GetProperty("licenseId").GetString()!)];
        Assert.Equal(["LicenseRef-Llama-3.1"], defined);
    }

    private static AuditReport Mixed() => Run(Model(
        "mit",
        [Text("LICENSE", "Apache-2.0")],
        Parent("meta-llama/Llama-3.1-8B", Relation.Finetune),
        Parent("acme/data", Relation.Dataset)));
}
