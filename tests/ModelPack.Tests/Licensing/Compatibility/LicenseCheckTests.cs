using ModelPack.Licensing;
using ModelPack.Licensing.Catalog;
using ModelPack.Licensing.Compatibility;
using ModelPack.Licensing.Guards;

namespace ModelPack.Tests.Licensing.Compatibility;

public sealed class LicenseCheckTests
{
    [Theory]
    [InlineData("LicenseRef-Modified-MIT-Kimi-K2", "host", "saas", "", "commercial mau rev_month_usd")]
    [InlineData("LicenseRef-Modified-MIT-Kimi-K2", "host", "saas", "commercial=true mau=1", "rev_month_usd")]
    [InlineData("LicenseRef-Qwen", "host", "saas", "commercial=true", "mau")]
    [InlineData("LicenseRef-Tencent-Hunyuan-A13B", "use", "internal", "", "place")]
    [InlineData("LicenseRef-Llama-4", "host", "saas", "", "entity_home")]
    [InlineData("LicenseRef-Llama-3.2", "host", "saas", "entity_home=FR", "modality")]
    [InlineData("LicenseRef-CogVideoX", "host", "saas", "commercial=true visits_month=1", "registered")]
    [InlineData("CC-BY-NC-4.0", "quantize", "internal", "", "commercial")]
    [InlineData("LicenseRef-Stability-Community", "use", "internal", "commercial=false", "rev_year_usd")]
    public void A_fact_that_a_clause_needs_and_nobody_gave_means_review(string license, string relations, string use, string facts, string missing)
    {
        Answer answer = Ask.Default(license, relations, use, facts);
        Assert.Equal(Verdict.Review, answer.Verdict);
        Finding finding = Assert.Single(answer.Findings, static finding => finding.Code == FindingCode.MissingFact);
        Assert.Equal(missing, string.Join(' ', finding.Facts));
        Assert.All(finding.Facts, fact => Assert.Contains(fact, finding.Text, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("LicenseRef-Llama-3.1", "merge redistribute", "redistribute", "", Verdict.Obligations)]
    [InlineData("LicenseRef-Llama-3.1", "distil", "internal", "", Verdict.Obligations)]
    [InlineData("LicenseRef-Llama-3.1", "distil", "redistribute", "name=Qwen3-Acme", Verdict.Denied)]
    [InlineData("LicenseRef-Llama-3", "distil", "internal", "", Verdict.Denied)]
    [InlineData("LicenseRef-Llama-2,LicenseRef-Llama-2", "distil", "internal", "", Verdict.Obligations)]
    [InlineData("LicenseRef-Llama-2,LicenseRef-Llama-3.1", "distil", "internal", "", Verdict.Denied)]
    [InlineData("LicenseRef-Llama-4", "host", "saas", "entity_home=DE", Verdict.Denied)]
    [InlineData("LicenseRef-Llama-4", "host", "saas", "entity_home=DE modality=text", Verdict.Obligations)]
    [InlineData("LicenseRef-Llama-3.2", "host", "saas", "entity_home=DE modality=multimodal", Verdict.Denied)]
    [InlineData("LicenseRef-Llama-3.3", "host", "saas", "entity_home=DE", Verdict.Obligations)]
    [InlineData("LicenseRef-Llama-3.1", "host", "saas", "field=military", Verdict.Denied)]
    [InlineData("LicenseRef-Tencent-Hunyuan-Large", "use", "internal", "place=GB", Verdict.Obligations)]
    [InlineData("LicenseRef-Tencent-Hunyuan-Large", "use", "internal", "place=IE", Verdict.Denied)]
    [InlineData("LicenseRef-Tencent-Hunyuan-A13B", "outputs", "internal", "place=KR", Verdict.Denied)]
    [InlineData("MIT", "use", "internal", "field=military", Verdict.Allowed)]
    [InlineData("MIT", "distil redistribute", "redistribute", "", Verdict.Allowed)]
    [InlineData("Apache-2.0", "use", "internal", "", Verdict.Allowed)]
    [InlineData("LicenseRef-Qwen", "distil redistribute", "redistribute", "commercial=false", Verdict.Obligations)]
    [InlineData("LicenseRef-MiniMax-M2.7-NC", "use", "personal", "", Verdict.Obligations)]
    [InlineData("LicenseRef-MiniMax-M2.7-NC", "host", "saas", "commercial=true", Verdict.Denied)]
    [InlineData("LicenseRef-MiniMax-M2.7-NC", "host", "saas", "commercial=true commercial_license=true", Verdict.Obligations)]
    [InlineData("LicenseRef-EXAONE-1.1-NC", "distil", "internal", "commercial=false", Verdict.Denied)]
    [InlineData("LicenseRef-FLUX.1-dev-NC", "outputs", "redistribute", "commercial=true", Verdict.Obligations)]
    [InlineData("LicenseRef-FLUX.1-dev-NC", "distil", "internal", "commercial=false competing=false", Verdict.Obligations)]
    [InlineData("LicenseRef-NVIDIA-Open-Model", "finetune", "internal", "removes_guardrail=true", Verdict.Denied)]
    [InlineData("LicenseRef-NVIDIA-Open-Model", "finetune", "internal", "", Verdict.Obligations)]
    [InlineData("CC-BY-ND-4.0", "convert redistribute", "redistribute", "", Verdict.Obligations)]
    [InlineData("CC-BY-ND-4.0", "quantize redistribute", "redistribute", "", Verdict.Review)]
    [InlineData("CC-BY-ND-4.0", "finetune", "internal", "", Verdict.Allowed)]
    [InlineData("CC-BY-SA-4.0", "dataset redistribute", "redistribute", "", Verdict.Review)]
    [InlineData("CC-BY-4.0", "dataset redistribute", "redistribute", "", Verdict.Allowed)]
    [InlineData("CC-BY-NC-4.0", "use", "personal", "", Verdict.Allowed)]
    [InlineData("AGPL-3.0-only", "finetune host", "saas", "", Verdict.Obligations)]
    [InlineData("GPL-3.0-only", "host", "saas", "", Verdict.Allowed)]
    [InlineData("LicenseRef-Modified-MIT-Kimi-K2", "adapter redistribute", "redistribute", "", Verdict.Review)]
    [InlineData("LicenseRef-Modified-MIT-Kimi-K2", "adapter host", "saas", "commercial=true mau=150000000", Verdict.Obligations)]
    public void A_relation_carries_what_the_text_lets_it_carry(string inputs, string relations, string use, string facts, Verdict expected) =>
        Assert.Equal(expected, Ask.Default(inputs, relations, use, facts).Verdict);

    [Theory]
    [InlineData("MIT OR LicenseRef-Mystery", Verdict.Allowed)]
    [InlineData("LicenseRef-Mystery OR MIT", Verdict.Allowed)]
    [InlineData("MIT AND LicenseRef-Mystery", Verdict.Review)]
    [InlineData("(MIT OR LicenseRef-Mystery) AND (ISC OR LicenseRef-Mystery)", Verdict.Allowed)]
    [InlineData("MIT AND (LicenseRef-Mystery OR LicenseRef-Other)", Verdict.Review)]
    [InlineData("GPL-2.0-only WITH Classpath-exception-2.0", Verdict.Allowed)]
    [InlineData("Apache License 2.0", Verdict.Allowed)]
    [InlineData("GPL-2.0+", Verdict.Allowed)]
    [InlineData("Apache-2.0+", Verdict.Allowed)]
    [InlineData("unknown", Verdict.Review)]
    public void The_user_takes_the_mildest_choice_that_an_expression_offers(string expression, Verdict expected) =>
        Assert.Equal(expected, Ask.Default(expression, "use", "internal").Verdict);

    [Theory]
    [InlineData("")]
    [InlineData("MIT AND")]
    [InlineData("OR MIT")]
    [InlineData("(MIT")]
    [InlineData("MIT)")]
    [InlineData("MIT ISC")]
    [InlineData("MIT WITH")]
    public void What_is_no_expression_is_refused(string expression) =>
        Assert.Throws<LicensingException>(() => Ask.Default(expression, "use", "internal"));

    [Fact]
    public void An_expression_beyond_all_measure_is_refused() =>
        Assert.Throws<LicensingException>(() => Ask.Default(string.Join(" OR ", Enumerable.Repeat("MIT", 100_000)), "use", "internal"));

    [Fact]
    public void More_choices_than_can_be_compared_mean_review()
    {
        string many = string.Join(" AND ", Enumerable.Repeat("(MIT OR ISC)", 40));
        Answer answer = Ask.Default(many, "use", "internal");
        Assert.Equal(FindingCode.TooManyChoices, Assert.Single(answer.Findings).Code);
        Assert.Equal(Verdict.Review, answer.Verdict);
    }

    [Fact]
    public void An_input_can_have_relations_of_its_own()
    {
        Question question = new()
        {
            Inputs =
            [
                new("LicenseRef-Modified-MIT-Kimi-K2", [Relation.Aggregate], ["app", "kimi"]),
                new("GPL-3.0-only", [Relation.Finetune], ["app", "tool"]),
            ],
            Relations = [],
            Use = UseKind.Redistribute,
            Facts = Facts.Parse(["commercial=false"]),
            Name = "app",
        };
        Answer answer = LicenseCheck.Run(question, LicenseCatalog.Default);
        Assert.Equal(Verdict.Obligations, answer.Verdict);
        Assert.Contains(answer.Findings, static finding => finding.Path.SequenceEqual(["app", "kimi", "aggregate", "redistribute", "app"]));
    }

    [Fact]
    public void A_question_without_input_or_relation_is_refused()
    {
        Question question = new() { Inputs = [], Relations = [Relation.Use], Use = UseKind.Internal };
        Assert.Throws<LicensingException>(() => LicenseCheck.Run(question, LicenseCatalog.Default));
        Assert.Throws<LicensingException>(() => LicenseCheck.Run(question with { Inputs = [new("MIT")], Relations = [] }, LicenseCatalog.Default));
    }

    [Fact]
    public void The_worst_findings_come_first()
    {
        Answer answer = Ask.Default("Apache-2.0,LicenseRef-Llama-3.1", "merge", "redistribute", outbound: "Apache-2.0");
        Assert.Equal(answer.Findings.OrderByDescending(static f => f.Verdict).Select(static f => f.Text), answer.Findings.Select(static f => f.Text));
        Assert.Equal(Verdict.Denied, answer.Findings[0].Verdict);
    }
}
