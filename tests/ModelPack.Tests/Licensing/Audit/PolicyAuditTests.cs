using ModelPack.Licensing.Audit;
using ModelPack.Licensing.Catalog;
using ModelPack.Licensing.Compatibility;
using ModelPack.Licensing.Policy;
using ModelPack.Tests.Support;
using static ModelPack.Tests.Licensing.Audit.AuditSetup;

namespace ModelPack.Tests.Licensing.Audit;

public sealed class PolicyAuditTests
{
    private static readonly FixedTime Today = new(new DateTimeOffset(2026, 11, 22, 12, 0, 0, TimeSpan.Zero));

    [Fact]
    public void The_command_line_comes_before_the_policy()
    {
        LicensePolicy policy = Policy("use: saas\noutbound: MIT\nfacts:\n  mau: 5\n  commercial: true");
        AuditOptions said = new() { Outbound = "Apache-2.0", Facts = ModelPack.Licensing.Guards.Facts.Parse(["mau=7"]) };
        AuditOptions options = PolicyAudit.Complete(said, policy, UseKind.Internal, "policy.yml");
        Assert.Equal((UseKind.Internal, "Apache-2.0"), (options.Use, options.Outbound));
        Assert.Equal(7, options.Facts.Find("mau")!.Number);
        Assert.True(options.Facts.Find("commercial")!.Flag);
        Assert.Equal(UseKind.Saas, PolicyAudit.Complete(said, policy, null, "policy.yml").Use);
    }

    [Fact]
    public void Its_lineage_names_the_line()
    {
        LicensePolicy policy = Policy("lineage:\n  - artifact: .\n    parents:\n      - {name: acme/base, relation: finetune, license: MIT}\n    datasets: [acme/data]");
        AuditOptions options = PolicyAudit.Complete(new(), policy, null, "policy.yml");
        AuditReport report = LicenseAudit.Run(Model("mit"), options, LicenseCatalog.Default);
        Assert.Equal(["acme/base", "acme/data"], report.Artifacts.Skip(1).Select(static a => a.Name));
        Assert.Equal("policy.yml:3", report.Artifacts[1].Source);
        Assert.Equal("MIT", report.Artifacts[1].Conclusion.Expression);
    }

    [Fact]
    public void A_denied_license_is_denied_wherever_it_stands()
    {
        AuditReport report = PolicyAudit.Apply(
            Run(Model("apache-2.0", null, Parent("meta-llama/Llama-3.1-8B", Relation.Quantize)), UseKind.Internal),
            Policy("deny: [\"LicenseRef-Llama-*\"]"),
            Today);
        AuditFinding finding = Assert.Single(report.Findings, static f => f.Verdict == Verdict.Denied);
        Assert.Equal((FindingCode.PolicyDenied, "meta-llama/Llama-3.1-8B"), (finding.Finding.Code, finding.Artifact));
        Assert.Equal(Verdict.Denied, report.Verdict);
        Assert.Equal(Verdict.Denied, report.Artifacts[1].Verdict);
        Assert.Equal(Verdict.Allowed, report.Root.Verdict);
    }

    [Fact]
    public void An_exception_lifts_a_finding_and_stays_visible()
    {
        AuditReport audit = Run(Model("mit", [Text("LICENSE", "Apache-2.0")]));
        LicensePolicy policy = Policy("exceptions:\n  - {code: MPL105, component: acme/*, reason: the card is wrong, expires: 2027-01-31}");
        AuditReport report = PolicyAudit.Apply(audit, policy, Today);
        Assert.Equal(Verdict.Obligations, report.Verdict);
        AuditFinding lifted = Assert.Single(report.Findings, static f => f.Finding.Code == FindingCode.Disagreement);
        Assert.Equal("the card is wrong (until 2027-01-31)", lifted.Excepted);
        Assert.Equal((Verdict.Allowed, Verdict.Review), (lifted.Verdict, lifted.Finding.Verdict));
    }

    [Fact]
    public void An_exception_that_expired_lifts_nothing()
    {
        AuditReport audit = Run(Model("mit", [Text("LICENSE", "Apache-2.0")]));
        LicensePolicy policy = Policy("exceptions:\n  - {code: MPL105, reason: the card is wrong, expires: 2026-11-21}");
        AuditReport report = PolicyAudit.Apply(audit, policy, Today);
        Assert.Equal(Verdict.Review, report.Verdict);
        Assert.Contains(FindingCode.ExpiredException, report.Codes());
    }

    private static LicensePolicy Policy(string yaml) => LicensePolicy.Parse($"schemaVersion: 1\n{yaml}\n", "policy.yml");
}
