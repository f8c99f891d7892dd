using ModelPack.Licensing.Catalog;
using ModelPack.Licensing.Compatibility;
using ModelPack.Licensing.Guards;
using ModelPack.Licensing.Policy;
using ModelPack.Tests.Support;

namespace ModelPack.Tests.Licensing.Policy;

public sealed class PolicyDecisionTests
{
    [Theory]
    [InlineData("deny: [MIT]", "MIT", Verdict.Denied, "MPL501")]
    [InlineData("deny: [mit]", "MIT", Verdict.Denied, "MPL501")]
    [InlineData("deny: [MIT]", "MIT-0", Verdict.Allowed, null)]
    [InlineData("deny: [MIT]", "LicenseRef-modified-MIT", Verdict.Allowed, null)]
    [InlineData("deny: [LicenseRef-modified-*]", "LicenseRef-modified-MIT", Verdict.Denied, "MPL501")]
    [InlineData("deny: [GPL-*]", "GPL-3.0-or-later", Verdict.Denied, "MPL501")]
    [InlineData("deny: [GPL-*]", "LGPL-3.0-only", Verdict.Allowed, null)]
    [InlineData("deny: [GPL-2.0]", "GPL-2.0-only", Verdict.Denied, "MPL501")]
    [InlineData("deny: [GPL-2.0-or-later]", "GPL-2.0+", Verdict.Denied, "MPL501")]
    [InlineData("deny: [GPL-2.0-only]", "GPL-2.0-or-later", Verdict.Allowed, null)]
    [InlineData("deny: [Apache-2.0]", "Apache-2.0+", Verdict.Denied, "MPL501")]
    [InlineData("deny: [llama3.1]", "LicenseRef-Llama-3.1", Verdict.Denied, "MPL501")]
    [InlineData("deny: [LicenseRef-Llama-3.1]", "llama3.1", Verdict.Denied, "MPL501")]
    [InlineData("deny: ['*']", "MIT", Verdict.Denied, "MPL501")]
    [InlineData("deny: [NOASSERTION]", "NOASSERTION", Verdict.Denied, "MPL501")]
    [InlineData("deny: [{ condition: scale }]", "LicenseRef-Llama-3.1", Verdict.Denied, "MPL501")]
    [InlineData("deny: [{ condition: scale }]", "Apache-2.0", Verdict.Allowed, null)]
    [InlineData("deny: [{ condition: commercial }]", "CC-BY-NC-4.0", Verdict.Denied, "MPL501")]
    [InlineData("deny: [{ condition: commercial }]", "LicenseRef-nobody-knows", Verdict.Allowed, null)]
    [InlineData("review: [MPL-*]", "MPL-2.0", Verdict.Review, "MPL502")]
    [InlineData("review: [{ condition: territory }]", "LicenseRef-Llama-4", Verdict.Review, "MPL502")]
    [InlineData("review: [MIT]\ndeny: [MIT]", "MIT", Verdict.Denied, "MPL501")]
    [InlineData("allow: [MIT]", "MIT", Verdict.Allowed, null)]
    [InlineData("allow: [MIT]", "Apache-2.0", Verdict.Review, "MPL503")]
    [InlineData("allow: [MIT]\nreview: [Apache-2.0]", "Apache-2.0", Verdict.Review, "MPL502")]
    [InlineData("allow: [MIT]\ndeny: [MIT]", "MIT", Verdict.Denied, "MPL501")]
    [InlineData("allow: [BSD-*, Apache-2.0]", "BSD-3-Clause", Verdict.Allowed, null)]
    [InlineData("allow: [MIT]", "MIT AND Apache-2.0", Verdict.Review, "MPL503")]
    [InlineData("allow: [MIT]", "MIT OR GPL-3.0-only", Verdict.Allowed, null)]
    [InlineData("deny: [GPL-*]", "MIT OR GPL-3.0-only", Verdict.Allowed, null)]
    [InlineData("deny: [GPL-*]", "MIT AND GPL-3.0-only", Verdict.Denied, "MPL501")]
    [InlineData("deny: [GPL-*, MIT]", "MIT OR GPL-3.0-only", Verdict.Denied, "MPL501")]
    [InlineData("deny: [GPL-2.0-only]", "GPL-2.0-only WITH Classpath-exception-2.0", Verdict.Denied, "MPL501")]
    [InlineData("allow: [MIT]", "a name that is no expression", Verdict.Review, "MPL503")]
    [InlineData("allow: [MIT]", null, Verdict.Allowed, null)]
    public void Lists_change_the_verdict(string lists, string? license, Verdict verdict, string? code)
    {
        PolicyDecision decision = Decide(lists, "model", license);
        Assert.Equal(verdict, decision.Verdict);
        Assert.Equal(code is null ? [] : [code], decision.Findings.Select(static finding => finding.Code));
        Assert.Empty(decision.Waived);
    }

    [Theory]
    [InlineData("MIT", Verdict.Allowed)]
    [InlineData("Apache-2.0", Verdict.Allowed)]
    [InlineData("GPL-3.0-only", Verdict.Review)]
    [InlineData("CC-BY-SA-4.0", Verdict.Review)]
    [InlineData("CC-BY-NC-4.0", Verdict.Review)]
    [InlineData("LicenseRef-Llama-3.1", Verdict.Review)]
    [InlineData("LicenseRef-nobody-knows", Verdict.Review)]
    public void Kinds_on_the_allow_list_are_all_that_a_license_may_ask_for(string license, Verdict verdict) =>
        Assert.Equal(verdict, Decide("allow: [{ condition: copy }, { condition: notice }, { condition: changes }]", "model", license).Verdict);

    [Theory]
    [InlineData(Verdict.Obligations)]
    [InlineData(Verdict.Review)]
    [InlineData(Verdict.Denied)]
    public void Allow_lowers_nothing(Verdict verdict)
    {
        Finding finding = Found("MPL303", verdict, "MIT", "2");
        PolicyDecision decision = Decide("allow: [MIT]", "model", "MIT", finding);
        Assert.Equal(verdict, decision.Verdict);
        Assert.Equal([finding], decision.Findings);
    }

    [Theory]
    [InlineData("license: LicenseRef-Llama-3.1", true)]
    [InlineData("license: LicenseRef-Llama-*", true)]
    [InlineData("license: LicenseRef-Llama-4", false)]
    [InlineData("code: MPL303", true)]
    [InlineData("code: MPL302", false)]
    [InlineData("component: meta-llama/Llama-3.1-8B", true)]
    [InlineData("component: 'META-llama/*'", true)]
    [InlineData("component: 'meta-llama/Llama-3.?-*'", true)]
    [InlineData("component: 'llama*'", false)]
    [InlineData("license: llama3.1\n    clause: '2'", true)]
    [InlineData("license: llama3.1\n    clause: '1'", false)]
    [InlineData("license: llama3.1\n    code: MPL303\n    component: other", false)]
    public void An_exception_lifts_what_fits_and_keeps_it_visible(string fields, bool lifts)
    {
        Finding finding = Found("MPL303", Verdict.Denied, "LicenseRef-Llama-3.1", "2");
        PolicyDecision decision = Decide(Exception(fields, "2026-06-30"), "meta-llama/Llama-3.1-8B", "LicenseRef-Llama-3.1", finding);
        Assert.Equal(lifts ? Verdict.Allowed : Verdict.Denied, decision.Verdict);
        Assert.Equal(lifts ? [] : [finding], decision.Findings);
        Assert.Equal(lifts ? [(finding, "a contract")] : [], decision.Waived.Select(static waived => (waived.Finding, waived.Exception.Reason)));
    }

    [Theory]
    [InlineData("2026-06-29", true)]
    [InlineData("2026-06-30", true)]
    [InlineData("2026-07-01", false)]
    public void An_exception_holds_through_its_last_day(string today, bool holds)
    {
        Finding finding = Found("MPL303", Verdict.Denied, "LicenseRef-Llama-3.1", "2");
        FixedTime time = new(DateTimeOffset.Parse($"{today}T23:59:59Z", System.Globalization.CultureInfo.InvariantCulture));
        LicensePolicy policy = LicensePolicy.Parse($"schemaVersion: 1\n{Exception("license: llama3.1", "2026-06-30")}\n", "p.yml");
        PolicyDecision decision = policy.Decide(new("model", "LicenseRef-Llama-3.1", [finding]), time);
        Assert.Equal(holds ? [] : ["MPL303 Denied", "MPL504 Review"], decision.Findings.Select(static f => $"{f.Code} {f.Verdict}"));
        Assert.Equal(holds ? 1 : 0, decision.Waived.Count);
    }

    [Fact]
    public void The_day_is_UTC_s()
    {
        LicensePolicy policy = LicensePolicy.Parse($"schemaVersion: 1\n{Exception("license: MIT", "2026-06-30")}\n", "p.yml");
        PolicySubject subject = new("model", "MIT", [Found("MPL303", Verdict.Denied, "MIT", "2")]);
        Assert.Equal(Verdict.Allowed, policy.Decide(subject, new FixedTime(new(2026, 7, 1, 1, 0, 0, TimeSpan.FromHours(2)))).Verdict);
        Assert.Equal(Verdict.Denied, policy.Decide(subject, new FixedTime(new(2026, 6, 30, 23, 0, 0, TimeSpan.FromHours(-2)))).Verdict);
    }

    [Fact]
    public void An_expired_exception_is_told_once_and_names_its_line_and_reason()
    {
        PolicyDecision decision = Decide(
            Exception("license: llama3.1", "2025-01-01"),
            "model",
            "LicenseRef-Llama-3.1",
            Found("MPL303", Verdict.Denied, "LicenseRef-Llama-3.1", "2"),
            Found("MPL304", Verdict.Review, "LicenseRef-Llama-3.1", "3"));
        Assert.Equal(["MPL303", "MPL304", "MPL504"], decision.Findings.Select(static f => f.Code));
        Assert.Equal("The policy's exception in line 3 ended on 2025-01-01 and no longer applies: a contract.", decision.Findings[2].Text);
        Assert.Empty(Decide(Exception("license: llama3.1", "2025-01-01"), "model", "MIT").Findings);
    }

    [Fact]
    public void A_later_exception_takes_the_place_of_an_expired_one()
    {
        string lists = Exception("license: MIT", "2025-01-01") + "\n  - license: MIT\n    reason: renewed\n    expires: 2027-01-01";
        PolicyDecision decision = Decide(lists, "model", "MIT", Found("MPL303", Verdict.Denied, "MIT", "2"));
        Assert.Empty(decision.Findings);
        Assert.Equal("renewed", Assert.Single(decision.Waived).Exception.Reason);
    }

    [Theory]
    [InlineData("license: MIT", Verdict.Obligations)]
    [InlineData("component: model", Verdict.Obligations)]
    [InlineData("code: MPL201", Verdict.Allowed)]
    public void A_duty_is_only_lifted_by_its_code(string fields, Verdict verdict) =>
        Assert.Equal(verdict, Decide(Exception(fields, "2027-01-01"), "model", "MIT", Found("MPL201", Verdict.Obligations, "MIT", "1")).Verdict);

    [Fact]
    public void An_exception_lifts_the_policy_s_own_findings_too()
    {
        PolicyDecision decision = Decide("deny: [{ license: MIT, reason: no. }]\n" + Exception("license: MIT", "2027-01-01"), "model", "MIT");
        Assert.Equal(Verdict.Allowed, decision.Verdict);
        WaivedFinding waived = Assert.Single(decision.Waived);
        Assert.Equal(("MPL501", "The policy denies MIT: no."), (waived.Finding.Code, waived.Finding.Text));
    }

    [Fact]
    public void The_answer_of_a_real_check_goes_through()
    {
        Answer answer = LicenseCheck.Run(
            new()
            {
                Inputs = [new("llama3.1")],
                Relations = [Relation.Quantize],
                Use = UseKind.Saas,
                Facts = Facts.Parse(["commercial=true", "mau_at_release=800000000"]),
            },
            LicenseCatalog.Default);
        Assert.Equal(Verdict.Denied, answer.Verdict);
        PolicySubject subject = new("meta-llama/Llama-3.1-8B", "llama3.1", answer.Findings);
        FixedTime time = new(new(2026, 3, 1, 0, 0, 0, TimeSpan.Zero));
        Assert.Equal(Verdict.Denied, LicensePolicy.None.Decide(subject, time).Verdict);

        LicensePolicy policy = LicensePolicy.Parse($"schemaVersion: 1\n{Exception("license: llama3.1\n    code: MPL303", "2026-06-30")}\n", "p.yml");
        PolicyDecision decision = policy.Decide(subject, time);
        Assert.Equal(Verdict.Obligations, decision.Verdict);
        Assert.All(decision.Waived, static waived => Assert.Equal("MPL303", waived.Finding.Code));
        Assert.Equal(answer.Findings.Count, decision.Findings.Count + decision.Waived.Count);
    }

    private static string Exception(string fields, string expires) => $"exceptions:\n  - {fields}\n    reason: a contract\n    expires: {expires}";

    private static Finding Found(string code, Verdict verdict, string license, string clause) => new(code, verdict, license, clause, "Because.", [], [license]);

    private static PolicyDecision Decide(string lists, string component, string? license, params Finding[] findings) =>
        LicensePolicy.Parse($"schemaVersion: 1\n{lists}\n", "p.yml")
            .Decide(new(component, license, findings), new FixedTime(new(2026, 3, 1, 0, 0, 0, TimeSpan.Zero)));
}
