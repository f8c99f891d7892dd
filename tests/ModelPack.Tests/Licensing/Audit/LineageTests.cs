using ModelPack.Licensing;
using ModelPack.Licensing.Audit;
using ModelPack.Licensing.Catalog;
using ModelPack.Licensing.Compatibility;
using static ModelPack.Tests.Licensing.Audit.AuditSetup;

namespace ModelPack.Tests.Licensing.Audit;

public sealed class LineageTests
{
    [Theory]
    [InlineData(Relation.Finetune)]
    [InlineData(Relation.Quantize)]
    [InlineData(Relation.Distil)]
    [InlineData(Relation.Dataset)]
    public void A_parent_whose_license_nobody_knows_is_review(Relation relation)
    {
        AuditReport report = Run(Model("apache-2.0", null, Parent("acme/secret", relation)), UseKind.Internal);
        AuditFinding finding = Assert.Single(report.Findings, static f => f.Finding.Code == FindingCode.UnknownParent);
        Assert.Equal("acme/secret", finding.Artifact);
        Assert.Equal(["acme/secret", CatalogWords.Spelling(relation), "acme/model"], finding.Finding.Path);
        Assert.Equal(Verdict.Review, report.Verdict);
    }

    [Fact]
    public void A_base_under_its_own_terms_shows_through_an_apache_tag()
    {
        AuditReport report = Run(Model("apache-2.0", null, Parent("meta-llama/Llama-3.1-8B", Relation.Finetune)), name: "csm-1b");
        AuditArtifact parent = report.Artifacts[1];
        Assert.Equal(("LicenseRef-Llama-3.1", "catalogue"), (parent.Conclusion.Expression, parent.Conclusion.Basis));
        Assert.Equal(Verdict.Denied, report.Verdict);
        Assert.Contains(report.Findings, static f => f.Finding is { Code: FindingCode.Outbound, Clause: "1.b.i(A)" });
        Assert.Contains(report.Findings, static f => f.Finding is { Code: "MPL206", Verdict: Verdict.Denied });
    }

    [Fact]
    public void The_same_base_is_a_list_of_duties_under_its_own_license_and_name()
    {
        AuditReport report = Run(Model("llama3.1", null, Parent("meta-llama/Llama-3.1-8B", Relation.Finetune)), name: "Llama-acme");
        Assert.Equal(Verdict.Obligations, report.Verdict);
        Assert.Contains(report.Findings, static f => f.Finding.Print == "Built with Llama");
    }

    [Theory]
    [InlineData("deepseek-ai/DeepSeek-R1", "MIT")]
    [InlineData("Qwen/Qwen3-30B-A3B", "Apache-2.0")]
    [InlineData("moonshotai/Kimi-K2-Instruct-0905", "LicenseRef-Modified-MIT-Kimi-K2")]
    [InlineData("moonshotai/Kimi-K2.5", "LicenseRef-Modified-MIT-Kimi-K2.5")]
    [InlineData("MiniMaxAI/MiniMax-M2", "LicenseRef-Modified-MIT-MiniMax-M2")]
    [InlineData("meta-llama/Llama-3.2-1B", "LicenseRef-Llama-3.2")]
    [InlineData("deepseek-ai/DeepSeek-R1-Distill-Llama-8B", null)]
    [InlineData("acme/Qwen3-30B-A3B", null)]
    [InlineData("Qwen3-30B-A3B", null)]
    public void Hub_names_of_known_lines_have_their_license(string name, string? license)
    {
        AuditReport report = Run(Model("apache-2.0", null, Parent(name, Relation.Quantize)));
        Assert.Equal(license, report.Artifacts[1].Conclusion.Expression);
    }

    [Fact]
    public void All_relations_on_the_way_count()
    {
        // The model was quantized from a model that was distilled from Llama 3: its terms forbid to improve other models.
        AuditParent student = Parent("acme/student", Relation.Quantize, "apache-2.0", Parent("acme/teacher", Relation.Distil, "llama3"));
        AuditReport report = Run(Model("apache-2.0", null, student), UseKind.Internal);
        AuditFinding denied = Assert.Single(report.Findings, static f => f.Verdict == Verdict.Denied);
        Assert.Equal(("acme/teacher", "1.b.v"), (denied.Artifact, denied.Finding.Clause));
        Assert.Equal(["acme/teacher", "distil", "acme/student", "quantize", "acme/model"], denied.Finding.Path);
    }

    [Fact]
    public void What_a_person_concluded_stands_above_the_evidence()
    {
        LineageAddition said = new("ACME/secret", "MIT", "asked the author", []);
        AuditReport report = Run(Model("apache-2.0", null, Parent("acme/secret", Relation.Finetune)), additions: said);
        Assert.Equal(("MIT", "policy"), (report.Artifacts[1].Conclusion.Expression, report.Artifacts[1].Conclusion.Basis));
        Assert.Equal(Verdict.Obligations, report.Verdict);
    }

    [Fact]
    public void A_person_may_add_what_metadata_hides()
    {
        LineageAddition said = new(".", null, null, [Parent("acme/data", Relation.Dataset, "CC-BY-NC-4.0")]);
        AuditReport report = Run(Model("apache-2.0"), additions: said);
        Assert.Equal(("acme/data", "dataset", "."), (report.Artifacts[1].Name, report.Artifacts[1].Kind, report.Artifacts[1].Child));
        Assert.Equal(Verdict.Review, report.Verdict);
    }

    [Fact]
    public void A_circle_ends()
    {
        LineageAddition[] said =
        [
            new("a", "MIT", null, [Parent("b", Relation.Finetune)]),
            new("b", "MIT", null, [Parent("a", Relation.Finetune)]),
        ];
        AuditReport report = Run(Model("mit", null, Parent("a", Relation.Finetune)), additions: said);
        Assert.Equal([".", "a", "b", "a (2)"], report.Artifacts.Select(static a => a.Id));
    }

    [Fact]
    public void A_lineage_without_end_is_refused()
    {
        // Twelve works that are each made of all others: the tree would have hundreds of millions of ways.
        string[] names = [.. Enumerable.Range(0, 12).Select(static i => $"work{i}")];
        LineageAddition[] said = [.. names.Select(n => new LineageAddition(n, "MIT", null, [.. names.Select(static p => Parent(p, Relation.Merge))]))];
        LicensingException fault = Assert.Throws<LicensingException>(() => Run(Model("mit", null, Parent("work0", Relation.Merge)), additions: said));
        Assert.Contains("more than 1000 artifacts", fault.Message, StringComparison.Ordinal);
    }
}
