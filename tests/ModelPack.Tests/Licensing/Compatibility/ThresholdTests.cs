using System.Globalization;
using System.Text.RegularExpressions;
using ModelPack.Licensing.Catalog;

namespace ModelPack.Tests.Licensing.Compatibility;

public sealed partial class ThresholdTests
{
    /// <summary>License, fact, limit, other facts, code of the finding, its verdict beyond the limit, and whether the limit itself is beyond.</summary>
    public static TheoryData<string, string, long, string, string, Verdict, bool> Limits => new()
    {
        { "LicenseRef-Baichuan2", "dau", 1_000_000, "commercial=true registered=true cloud_provider=false", "MPL303", Verdict.Denied, true },
        { "LicenseRef-CogVideoX", "visits_month", 1_000_000, "commercial=true registered=true", "MPL303", Verdict.Denied, false },
        { "LicenseRef-Databricks-Open-Model", "mau_at_release", 700_000_000, "", "MPL303", Verdict.Denied, false },
        { "LicenseRef-Llama-2", "mau_at_release", 700_000_000, "", "MPL303", Verdict.Denied, false },
        { "LicenseRef-Llama-3", "mau_at_release", 700_000_000, "", "MPL303", Verdict.Denied, false },
        { "LicenseRef-Llama-3.1", "mau_at_release", 700_000_000, "", "MPL303", Verdict.Denied, false },
        { "LicenseRef-Llama-3.2", "mau_at_release", 700_000_000, "entity_home=US", "MPL303", Verdict.Denied, false },
        { "LicenseRef-Llama-3.3", "mau_at_release", 700_000_000, "", "MPL303", Verdict.Denied, false },
        { "LicenseRef-Llama-4", "mau_at_release", 700_000_000, "entity_home=US", "MPL303", Verdict.Denied, false },
        { "LicenseRef-Modified-MIT-Kimi-K2", "mau", 100_000_000, "commercial=true rev_month_usd=0", "MPL205", Verdict.Obligations, false },
        { "LicenseRef-Modified-MIT-Kimi-K2", "rev_month_usd", 20_000_000, "commercial=true mau=0", "MPL205", Verdict.Obligations, false },
        { "LicenseRef-Modified-MIT-Kimi-K2.5", "mau", 100_000_000, "commercial=true rev_month_usd=0", "MPL205", Verdict.Obligations, false },
        { "LicenseRef-Modified-MIT-Kimi-K2.5", "rev_month_usd", 20_000_000, "commercial=true mau=0", "MPL205", Verdict.Obligations, false },
        { "LicenseRef-Modified-MIT-MiniMax-M2", "arr_usd", 30_000_000, "commercial=true mau=0", "MPL205", Verdict.Obligations, false },
        { "LicenseRef-Modified-MIT-MiniMax-M2", "mau", 100_000_000, "commercial=true arr_usd=0", "MPL205", Verdict.Obligations, false },
        { "LicenseRef-Qwen", "mau", 100_000_000, "commercial=true", "MPL303", Verdict.Denied, false },
        { "LicenseRef-Stability-Community", "rev_year_usd", 1_000_000, "commercial=true registered=true", "MPL303", Verdict.Denied, false },
        { "LicenseRef-Tencent-Hunyuan-0.5B", "mau_at_release", 100_000_000, "place=US", "MPL303", Verdict.Denied, false },
        { "LicenseRef-Tencent-Hunyuan-3D-2", "mau_at_release", 1_000_000, "place=US", "MPL303", Verdict.Denied, false },
        { "LicenseRef-Tencent-Hunyuan-A13B", "mau_at_release", 100_000_000, "place=US", "MPL303", Verdict.Denied, false },
        { "LicenseRef-Tencent-Hunyuan-DiT", "mau_at_release", 100_000_000, "place=US", "MPL303", Verdict.Denied, false },
        { "LicenseRef-Tencent-Hunyuan-Image-3", "mau_at_release", 100_000_000, "place=US", "MPL303", Verdict.Denied, false },
        { "LicenseRef-Tencent-Hunyuan-Large", "mau_at_release", 100_000_000, "place=US", "MPL303", Verdict.Denied, false },
        { "LicenseRef-Tencent-Hunyuan-MT", "mau_at_release", 100_000_000, "place=US", "MPL303", Verdict.Denied, false },
        { "LicenseRef-Tencent-HunyuanVideo", "mau_at_release", 100_000_000, "place=US", "MPL303", Verdict.Denied, false },
        { "LicenseRef-Tongyi-Qianwen", "mau", 100_000_000, "commercial=true", "MPL303", Verdict.Denied, false },
        { "LicenseRef-scancode-hyperclova-x-seed-2025", "mau_at_release", 10_000_000, "competing=false", "MPL303", Verdict.Denied, false },
        { "LicenseRef-scancode-ltxv-owl-2025-05-05", "rev_year_usd", 10_000_000, "commercial=true", "MPL304", Verdict.Denied, true },
    };

    [Theory]
    [MemberData(nameof(Limits))]
    public void A_limit_binds_exactly_where_the_text_puts_it(
        string license, string fact, long limit, string others, string code, Verdict beyond, bool atLimit)
    {
        Verdict? Of(decimal value) => Ask.Default(license, "host", "saas", string.Create(CultureInfo.InvariantCulture, $"{others} {fact}={value}"))
            .Findings.FirstOrDefault(finding => finding.Code == code && finding.Facts.Contains(fact))?.Verdict;

        Assert.Null(Of(limit - 0.01m));
        Assert.Equal(atLimit ? beyond : null, Of(limit));
        Assert.Equal(beyond, Of(limit + 0.01m));
        Assert.Equal(beyond, Of(limit * 10m));
    }

    [Fact]
    public void Every_limit_of_the_catalogue_is_in_the_table()
    {
        IEnumerable<string> stated = LicenseCatalog.Default.All
            .SelectMany(static entry => entry.Conditions.SelectMany(condition => LimitPattern().Matches(condition.WhenText ?? "")
                .Select(match => $"{entry.Id} {match.Groups[1].Value} {match.Groups[2].Value.Replace("_", "", StringComparison.Ordinal)}")))
            .Distinct().Order(StringComparer.Ordinal);
        Assert.Equal(stated, Limits.Select(static row => $"{row.Data.Item1} {row.Data.Item2} {row.Data.Item3}").Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData("LicenseRef-Modified-MIT-Kimi-K2", "commercial=true mau=150000000", Verdict.Obligations)]
    [InlineData("LicenseRef-Modified-MIT-Kimi-K2", "commercial=true mau=100000000 rev_month_usd=20000000", Verdict.Allowed)]
    [InlineData("LicenseRef-Modified-MIT-Kimi-K2", "commercial=false mau=150000000", Verdict.Allowed)]
    [InlineData("LicenseRef-Modified-MIT-MiniMax-M2.1", "commercial=true mau=1", Verdict.Obligations)]
    [InlineData("LicenseRef-Modified-MIT-MiniMax-M2.1", "commercial=false", Verdict.Allowed)]
    [InlineData("LicenseRef-Qwen", "commercial=true mau=120000000 commercial_license=true", Verdict.Obligations)]
    [InlineData("LicenseRef-Qwen", "commercial=false mau=120000000", Verdict.Obligations)]
    public void Other_facts_can_settle_a_limit(string license, string facts, Verdict expected) =>
        Assert.Equal(expected, Ask.Default(license, "host", "saas", facts).Verdict);

    [GeneratedRegex(@"(\w+) >=? ([\d_]+)")]
    private static partial Regex LimitPattern();
}
