using System.Text.Json;
using ModelPack.Cli;

namespace ModelPack.Tests.Cli.Commands;

public sealed class LicenseCommandTests
{
    [Theory]
    [InlineData(0, "allowed", "--in", "MIT", "--relation", "use", "--use", "internal")]
    [InlineData(0, "obligations", "--in", "Apache-2.0", "--relation", "quantize", "--relation", "redistribute", "--use", "redistribute")]
    [InlineData(3, "review", "--in", "other", "--relation", "use", "--use", "internal")]
    [InlineData(3, "denied", "--in", "Apache-2.0", "--in", "GPL-2.0-only", "--relation", "merge", "--use", "redistribute")]
    [InlineData(3, "denied", "--in", "llama3.1", "--relation", "finetune", "--use", "redistribute", "--name", "Acme-8B")]
    [InlineData(3, "denied", "--in", "gemma", "--relation", "finetune", "--use", "redistribute", "--out", "Apache-2.0")]
    [InlineData(3, "denied", "--in", "qwen", "--relation", "host", "--use", "saas", "--fact", "commercial=true", "--fact", "mau=100000001")]
    public async Task The_exit_code_says_whether_to_go_on(int code, string verdict, params string[] arguments)
    {
        (int exit, string output, string error) = await Run(["license", "check", .. arguments]);
        Assert.Equal(code, exit);
        Assert.Equal(verdict, output.Split('\n')[0].Trim());
        Assert.Empty(error);
    }

    [Theory]
    [InlineData("--relation: 'sell' is not known here", "--in", "MIT", "--relation", "sell", "--use", "internal")]
    [InlineData("--use: 'fun' is not known here", "--in", "MIT", "--relation", "use", "--use", "fun")]
    [InlineData("--fact: mau: \"many\" is no number", "--in", "MIT", "--relation", "use", "--use", "internal", "--fact", "mau=many")]
    [InlineData("\"MIT AND\" is no license expression", "--in", "MIT AND", "--relation", "use", "--use", "internal")]
    [InlineData("\"( MIT\" is no license expression", "--in", "MIT", "--relation", "use", "--use", "internal", "--out", "( MIT")]
    [InlineData("--in", "--relation", "use", "--use", "internal")]
    public async Task A_question_that_cannot_be_read_is_a_usage_fault(string message, params string[] arguments)
    {
        (int exit, _, string error) = await Run(["license", "check", .. arguments]);
        Assert.Equal(2, exit);
        Assert.Contains(message, error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Json_has_the_fields_of_the_contract()
    {
        (int exit, string output, _) = await Run(["license", "check", "--in", "LicenseRef-Llama-3.1", "--relation", "quantize", "--use", "redistribute", "--json"]);
        Assert.Equal(0, exit);
        using JsonDocument document = JsonDocument.Parse(output);
        Assert.Equal(["schemaVersion", "verdict", "findings"], Names(document.RootElement));
        Assert.Equal(1, document.RootElement.GetProperty("schemaVersion").GetInt32());
        Assert.Equal("obligations", document.RootElement.GetProperty("verdict").GetString());
        JsonElement display = document.RootElement.GetProperty("findings").EnumerateArray()
            .Single(static finding => finding.GetProperty("code").GetString() == "MPL205");
        Assert.Equal(["code", "verdict", "license", "clause", "text", "facts", "path", "statement"], Names(display));
        Assert.Equal("Built with Llama", display.GetProperty("statement").GetString());
        Assert.Equal(
            ["LicenseRef-Llama-3.1", "quantize", "redistribute", "result"],
            display.GetProperty("path").EnumerateArray().Select(static step => step.GetString()));
    }

    [Fact]
    public async Task A_fact_that_no_clause_asks_for_is_a_warning()
    {
        (int exit, _, string error) = await Run(["license", "check", "--in", "MIT", "--relation", "use", "--use", "internal", "--fact", "color=red"]);
        Assert.Equal(0, exit);
        Assert.Contains("no clause asks for the fact \"color\"", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Explain_shows_clauses_and_limits()
    {
        (int exit, string output, _) = await Run(["license", "explain", "kimi-k2"]);
        Assert.Equal(0, exit);
        Assert.Contains("LicenseRef-Modified-MIT-Kimi-K2", output, StringComparison.Ordinal);
        Assert.Contains("mau > 100_000_000 or rev_month_usd > 20_000_000", output, StringComparison.Ordinal);
        Assert.Contains("statement: \"Kimi K2\"", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Explain_speaks_json()
    {
        (int exit, string output, _) = await Run(["license", "explain", "llama4", "--json"]);
        Assert.Equal(0, exit);
        using JsonDocument document = JsonDocument.Parse(output);
        Assert.Equal("LicenseRef-Llama-4", document.RootElement.GetProperty("id").GetString());
        Assert.Contains(document.RootElement.GetProperty("conditions").EnumerateArray(), static c => c.GetProperty("code").GetString() == "MPL302");
    }

    [Theory]
    [InlineData("other")]
    [InlineData("--bogus")]
    public async Task Explain_knows_only_the_catalogue(string id)
    {
        (int exit, _, string error) = await Run(["license", "explain", id]);
        Assert.Equal(2, exit);
        Assert.Contains(id, error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task List_is_sorted_and_the_same_in_text_and_json()
    {
        (_, string text, _) = await Run(["license", "list"]);
        (_, string json, _) = await Run(["license", "list", "--json"]);
        using JsonDocument document = JsonDocument.Parse(json);
        string[] ids = [.. document.RootElement.GetProperty("licenses").EnumerateArray().Select(static l => l.GetProperty("id").GetString()!)];
        Assert.Equal(ids.Order(StringComparer.Ordinal), ids);
        Assert.Equal(ids, text.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(static line => line.Split(' ')[0]));
    }

    private static string[] Names(JsonElement element) => [.. element.EnumerateObject().Select(static field => field.Name)];

    private static async Task<(int Exit, string Output, string Error)> Run(string[] arguments)
    {
        using StringWriter output = new();
        using StringWriter error = new();
        int exit = await Program.RunAsync(arguments, output, error, TestContext.Current.CancellationToken);
        return (exit, output.ToString(), error.ToString());
    }
}
