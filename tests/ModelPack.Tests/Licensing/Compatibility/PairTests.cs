using ModelPack.Licensing.Catalog;
using ModelPack.Licensing.Compatibility;

namespace ModelPack.Tests.Licensing.Compatibility;

public sealed class PairTests
{
    [Theory]
    [InlineData("Apache-2.0,GPL-2.0-only", Verdict.Denied)]
    [InlineData("Apache-2.0,GPL-2.0-or-later", Verdict.Obligations)]
    [InlineData("Apache-2.0,GPL-3.0-only", Verdict.Obligations)]
    [InlineData("MIT,GPL-2.0-only", Verdict.Obligations)]
    [InlineData("BSD-3-Clause,AGPL-3.0-only", Verdict.Obligations)]
    [InlineData("GPL-2.0-only,GPL-3.0-only", Verdict.Denied)]
    [InlineData("GPL-2.0-or-later,GPL-3.0-only", Verdict.Obligations)]
    [InlineData("GPL-2.0-only,GPL-2.0-or-later", Verdict.Obligations)]
    [InlineData("GPL-2.0-only,LGPL-3.0-only", Verdict.Denied)]
    [InlineData("GPL-2.0-only,LGPL-2.1-only", Verdict.Obligations)]
    [InlineData("GPL-3.0-only,LGPL-2.1-only", Verdict.Obligations)]
    [InlineData("GPL-3.0-only,LGPL-3.0-or-later", Verdict.Obligations)]
    [InlineData("GPL-2.0-only,AGPL-3.0-only", Verdict.Denied)]
    [InlineData("GPL-3.0-only,AGPL-3.0-only", Verdict.Obligations)]
    [InlineData("GPL-2.0-only,MPL-2.0", Verdict.Obligations)]
    [InlineData("GPL-3.0-or-later,CC-BY-SA-4.0", Verdict.Obligations)]
    [InlineData("CC-BY-SA-4.0,CC-BY-NC-SA-4.0", Verdict.Denied)]
    [InlineData("CC-BY-4.0,CC-BY-SA-4.0", Verdict.Obligations)]
    [InlineData("GPL-3.0-only,LicenseRef-DeepSeek-1.0", Verdict.Denied)]
    [InlineData("GPL-2.0-only,LicenseRef-Llama-3.1", Verdict.Denied)]
    [InlineData("GPL-3.0-only,LicenseRef-Modified-MIT-Kimi-K2", Verdict.Denied)]
    [InlineData("LicenseRef-DeepSeek-1.0,LicenseRef-Gemma-2025-03-24", Verdict.Review)]
    [InlineData("LicenseRef-Gemma-2024-04-01,LicenseRef-Gemma-2025-03-24", Verdict.Obligations)]
    [InlineData("LicenseRef-SAM,LicenseRef-Llama-3.1", Verdict.Denied)]
    public void Two_licenses_bind_one_result_or_do_not(string pair, Verdict expected)
    {
        string facts = "commercial=false";
        Assert.Equal(expected, Ask.Default(pair, "merge", "redistribute", facts).Verdict);
        string reversed = string.Join(',', pair.Split(',').Reverse());
        Assert.Equal(expected, Ask.Default(reversed, "merge", "redistribute", facts).Verdict);
    }

    [Theory]
    [InlineData("aggregate", "redistribute")]
    [InlineData("merge", "internal")]
    public void Works_side_by_side_or_kept_inside_do_not_collide(string relation, string use) =>
        Assert.DoesNotContain(
            Ask.Default("Apache-2.0,GPL-2.0-only", relation, use).Findings,
            static finding => finding.Code == FindingCode.Conflict);

    [Theory]
    [InlineData("LicenseRef-Gemma-2025-03-24", "Apache-2.0", Verdict.Denied)]
    [InlineData("LicenseRef-Gemma-2025-03-24", "gemma", Verdict.Obligations)]
    [InlineData("LicenseRef-Gemma-2025-03-24", "Apache-2.0 AND gemma", Verdict.Obligations)]
    [InlineData("LicenseRef-Gemma-2025-03-24", "Apache-2.0 OR gemma", Verdict.Denied)]
    [InlineData("LicenseRef-Gemma-2025-03-24", "LicenseRef-Our-Own", Verdict.Review)]
    [InlineData("LicenseRef-DeepSeek-1.0", "LicenseRef-Gemma-2025-03-24", Verdict.Review)]
    [InlineData("LicenseRef-MiniMax-Model-M2.5", "Apache-2.0", Verdict.Review)]
    [InlineData("GPL-2.0-only", "LicenseRef-Our-Own", Verdict.Denied)]
    [InlineData("GPL-2.0-or-later", "GPL-3.0-only", Verdict.Obligations)]
    [InlineData("CC-BY-SA-4.0", "CC-BY-SA-4.0", Verdict.Obligations)]
    [InlineData("CC-BY-SA-4.0", "MIT", Verdict.Denied)]
    [InlineData("MIT", "LicenseRef-Our-Own", Verdict.Obligations)]
    public void The_outbound_license_must_carry_what_the_input_asks_for(string license, string outbound, Verdict expected) =>
        Assert.Equal(expected, Ask.Default(license, "finetune", "redistribute", outbound: outbound).Verdict);
}
