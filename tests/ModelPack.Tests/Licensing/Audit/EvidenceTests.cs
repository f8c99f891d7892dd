using ModelPack.Licensing.Audit;
using ModelPack.Licensing.Catalog;
using ModelPack.Licensing.Compatibility;
using ModelPack.Tests.Support;
using static ModelPack.Tests.Licensing.Audit.AuditSetup;

namespace ModelPack.Tests.Licensing.Audit;

public sealed class EvidenceTests
{
    [Fact]
    public void Text_and_card_that_agree_are_no_finding()
    {
        AuditReport report = Run(Model("apache-2.0", [Text("LICENSE", "Apache-2.0")]));
        Assert.Equal("Apache-2.0", report.Root.Conclusion.Expression);
        Assert.Equal("text", report.Root.Conclusion.Basis);
        Assert.Equal(Verdict.Obligations, report.Verdict);
        Assert.DoesNotContain(FindingCode.Disagreement, report.Codes());
    }

    [Fact]
    public void The_text_rules_and_the_disagreement_is_a_finding_of_its_own()
    {
        AuditReport report = Run(Model("mit", [Text("LICENSE", "Apache-2.0")]));
        Assert.Equal("Apache-2.0", report.Root.Conclusion.Expression);
        Assert.Equal(["MIT"], report.Root.Conclusion.Declared);
        AuditFinding finding = Assert.Single(report.Findings, static f => f.Finding.Code == FindingCode.Disagreement);
        Assert.Equal(Verdict.Review, finding.Verdict);
        Assert.Equal("README.md", finding.File);
        Assert.Contains("declares mit (MIT); the text of LICENSE is Apache-2.0", finding.Finding.Text, StringComparison.Ordinal);
    }

    [Fact]
    public void A_license_with_a_rider_is_not_the_license()
    {
        string text = SpdxTexts.Text("MIT") + "\n\nNo company with revenue above one million dollars shall use the Software for commercial products.\n";
        AuditReport report = Run(Model("mit", [("LICENSE", text)]));
        Assert.Equal("LicenseRef-modified-MIT", report.Root.Conclusion.Expression);
        AuditFinding finding = Assert.Single(report.Findings, static f => f.Finding.Code == FindingCode.UnreadText);
        Assert.Contains("No company with revenue above one million", finding.Finding.Text, StringComparison.Ordinal);
        Assert.Contains(FindingCode.Disagreement, report.Codes());
        Assert.DoesNotContain(FindingCode.UnknownLicense, report.Codes());
        Assert.Equal(Verdict.Review, report.Verdict);
    }

    [Theory]
    [InlineData("other")]
    [InlineData("openrail")]
    [InlineData("cc")]
    [InlineData("free for all")]
    public void Words_that_name_no_license_are_review(string words)
    {
        AuditReport report = Run(Model(words));
        Assert.Null(report.Root.Conclusion.Expression);
        Assert.Equal([FindingCode.UnclearDeclaration], report.Codes());
        Assert.Equal(Verdict.Review, report.Verdict);
    }

    [Fact]
    public void Nothing_at_all_is_review()
    {
        AuditReport report = Run(Model());
        Assert.Equal([FindingCode.NoLicense], report.Codes());
        Assert.Equal(Verdict.Review, report.Verdict);
    }

    [Theory]
    [InlineData("LICENSE-MODEL", "LICENSE-CODE", null)]
    [InlineData("LICENSE", "LICENSE-CODE", null)]
    [InlineData("LICENSE-WEIGHTS", "LICENSE", "LICENSE-WEIGHTS")]
    [InlineData("LICENSE-WEIGHTS", "LICENSE", "https://example.org/acme/model/blob/main/LICENSE-WEIGHTS")]
    public void The_model_s_file_counts_not_the_code_s(string model, string code, string? link)
    {
        AuditSubject subject = Model(null, [Text(model, "CC-BY-4.0"), Text(code, "MIT")]) with
        {
            Declarations = [new("README.md", "cc-by-4.0", null, link)],
        };
        AuditReport report = Run(subject);
        Assert.Equal("CC-BY-4.0", report.Root.Conclusion.Expression);
        Assert.Equal([model], report.Root.Conclusion.Files);
        Assert.Equal(["CC-BY-4.0", "MIT"], report.Root.Conclusion.Observed.Order());
    }

    [Fact]
    public void All_texts_of_one_file_bind()
    {
        AuditReport report = Run(Model("apache-2.0", [("LICENSE", SpdxTexts.Text("Apache-2.0") + "\n\n" + SpdxTexts.Text("BSD-3-Clause"))]));
        Assert.Equal("Apache-2.0 AND BSD-3-Clause", report.Root.Conclusion.Expression);
        Assert.DoesNotContain(FindingCode.Disagreement, report.Codes());
    }

    [Fact]
    public void The_card_chooses_between_ids_that_share_a_text()
    {
        AuditReport report = Run(Model("GPL-3.0-or-later", [Text("COPYING", "GPL-3.0-only")]));
        Assert.Equal("GPL-3.0-or-later", report.Root.Conclusion.Expression);
        Assert.DoesNotContain(FindingCode.Disagreement, report.Codes());
    }

    [Fact]
    public void Two_declarations_that_differ_both_count()
    {
        AuditSubject subject = Model() with { Declarations = [new("README.md", "mit"), new("model.gguf", "apache-2.0")] };
        AuditReport report = Run(subject);
        Assert.Equal("MIT AND Apache-2.0", report.Root.Conclusion.Expression);
        Assert.Equal(2, report.Codes().Count(static c => c == FindingCode.Disagreement));
    }

    [Fact]
    public void A_license_in_a_folder_of_its_own_is_a_part_beside_the_model()
    {
        AuditReport report = Run(Model("apache-2.0", [Text("LICENSE", "Apache-2.0"), Text("third_party/zstd/COPYING", "GPL-2.0-only")]));
        Assert.Equal("Apache-2.0", report.Root.Conclusion.Expression);
        AuditArtifact part = Assert.Single(report.Artifacts, static a => a.Kind == "component");
        Assert.Equal(("third_party/zstd", Relation.Aggregate), (part.Name, part.Relation!.Value));
        Assert.StartsWith("GPL-2.0", part.Conclusion.Expression, StringComparison.Ordinal);
        Assert.NotEqual(Verdict.Denied, report.Verdict);
    }
}
