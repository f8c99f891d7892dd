using System.Text.Json;
using ModelPack.Licensing.Catalog;
using ModelPack.Licensing.Compatibility;
using ModelPack.Licensing.Guards;
using ModelPack.Tests.Support;

namespace ModelPack.Tests.Licensing.Compatibility;

/// <summary>Questions that lawyers' first readings answered, as they stand in data/licences/cases.json.</summary>
public sealed class LicenseCasesTests
{
    /// <summary>Case, the license whose clause decides (none when allowed), and the finding's code.</summary>
    public static TheoryData<string, string?, string?> Deciding => new()
    {
        { "C001", "Apache-2.0", "MPL201" },
        { "C004", "MIT", "MPL202" },
        { "C007", "OpenMDW-1.0", "MPL201" },
        { "C010", "MIT", "MPL202" },
        { "C013", "GPL-3.0-only", "MPL208" },
        { "C016", "GPL-2.0-only", "MPL402" },
        { "C019", "Apache-2.0", "MPL201" },
        { "C022", "LicenseRef-Modified-MIT-Kimi-K2", "MPL205" },
        { "C025", "LicenseRef-Modified-MIT-Kimi-K2", "MPL401" },
        { "C028", "LicenseRef-Modified-MIT-Kimi-K2", "MPL305" },
        { "C031", null, null },
        { "C034", "LicenseRef-MiniMax-Model-M2.5", "MPL202" },
        { "C037", "Apache-2.0", "MPL203" },
        { "C040", "LicenseRef-Llama-3.1", "MPL206" },
        { "C043", "LicenseRef-Llama-3.1", "MPL205" },
        { "C046", "LicenseRef-Llama-3.1", "MPL201" },
        { "C049", "LicenseRef-Llama-2", "MPL305" },
        { "C052", "LicenseRef-Llama-3.1", "MPL205" },
        { "C055", null, null },
        { "C058", "LicenseRef-Llama-3.1", "MPL401" },
        { "C061", "LicenseRef-Qwen", "MPL303" },
        { "C064", "LicenseRef-Tongyi-Qianwen", "MPL305" },
        { "C067", "LicenseRef-DeepSeek-1.0", "MPL301" },
        { "C070", "LicenseRef-DeepSeek-1.0", "MPL401" },
        { "C073", "LicenseRef-Gemma-2025-03-24", "MPL204" },
        { "C076", "LicenseRef-Gemma-2025-03-24", "MPL207" },
        { "C079", "LicenseRef-Tencent-Hunyuan-A13B", "MPL302" },
        { "C082", "LicenseRef-Tencent-Hunyuan-A13B", "MPL305" },
        { "C085", "LicenseRef-CogVideoX", "MPL303" },
        { "C088", "LicenseRef-Baichuan2", "MPL303" },
        { "C091", null, null },
        { "C094", "LicenseRef-FLUX.1-dev-NC", "MPL305" },
        { "C097", "LicenseRef-scancode-bigscience-open-rail-m", "MPL301" },
        { "C100", "LicenseRef-Databricks-Open-Model", "MPL305" },
        { "C103", "CC-BY-NC-4.0", "MPL304" },
        { "C106", "CC-BY-NC-ND-4.0", "MPL306" },
        { "C109", null, null },
        { "C112", "CC-BY-NC-4.0", "MPL304" },
        { "C115", "other", "MPL101" },
        { "C118", "BSL-1.0", "MPL202" },
        { "C121", "LicenseRef-Gemma-2025-03-24", "MPL403" },
    };

    [Theory]
    [MemberData(nameof(Deciding))]
    public void The_answer_and_the_deciding_clause_are_those_of_the_case(string id, string? license, string? code)
    {
        JsonElement @case = Cases().Single(item => item.GetProperty("id").GetString() == id);
        Answer answer = LicenseCheck.Run(Read(@case), LicenseCatalog.Default);
        Assert.Equal(@case.GetProperty("expect").GetString(), CatalogWords.Spelling(answer.Verdict));
        if (license is null)
        {
            Assert.Empty(answer.Findings);
        }
        else
        {
            Assert.Contains(answer.Findings, finding => finding.License == license && finding.Code == code && finding.Verdict == answer.Verdict);
        }
    }

    [Fact]
    public void Every_case_is_in_the_table() =>
        Assert.Equal(Deciding.Select(static row => row.Data.Item1), Cases().Select(static item => item.GetProperty("id").GetString()!));

    private static JsonElement[] Cases()
    {
        using JsonDocument document = JsonDocument.Parse(File.ReadAllText(SharedFolder.Require("data/licences/cases.json")));
        return [.. document.RootElement.Clone().EnumerateArray()];
    }

    private static Question Read(JsonElement @case)
    {
        Dictionary<string, string> context = @case.GetProperty("context").EnumerateObject()
            .ToDictionary(static field => field.Name, static field => field.Value.ToString());
        string[] facts = [.. context.Where(static field => field.Key is not ("use" or "outbound" or "name")).Select(static field => $"{field.Key}={field.Value}")];
        return new()
        {
            Inputs = [.. @case.GetProperty("inputs").EnumerateArray().Select(static text => new QuestionInput(text.GetString()!))],
            Relations = [.. @case.GetProperty("relations").EnumerateArray().Select(static text => CatalogWords.Parse<Relation>(text.GetString()!))],
            Use = CatalogWords.Parse<UseKind>(context["use"]),
            Facts = Facts.Parse(facts),
            Outbound = context.GetValueOrDefault("outbound"),
            Name = context.GetValueOrDefault("name"),
        };
    }
}
