using System.CommandLine;
using System.Text.RegularExpressions;
using ModelPack.Cli;
using ModelPack.Tests.Support;
using YamlDotNet.RepresentationModel;

namespace ModelPack.Tests.Cli.Commands;

/// <summary>The pipelines as the servers read them: jobs, steps, permissions, reports, and the commands that they run.</summary>
public sealed partial class PipelineTemplateTests
{
    private const string Sarif = "modelpack license audit \"$MODEL\" --policy \"$POLICY\" --format sarif -o license-audit.sarif";

    private const string JUnit = "modelpack license audit \"$MODEL\" --policy \"$POLICY\" --format junit -o license-audit.xml";

    private const string Text = "modelpack license audit \"$MODEL\" --policy \"$POLICY\"";

    [Fact]
    public void GitHub_runs_the_audit_and_uploads_what_it_found()
    {
        YamlMappingNode root = Load("github");
        Assert.Empty(Map(root, "permissions").Children);
        Assert.Equal(["push", "pull_request", "schedule", "workflow_dispatch"], Keys(Map(root, "on")));
        YamlMappingNode job = Map(Map(root, "jobs"), "license-audit");
        Assert.Equal(["actions=read", "contents=read", "security-events=write"], Map(job, "permissions").Children.Select(static p => $"{p.Key}={p.Value}"));
        Assert.Equal("15", Value(job, "timeout-minutes"));
        Assert.Equal("ubuntu-24.04", Value(job, "runs-on"));
        Assert.Equal("modelpack.policy.yml", Value(Map(job, "env"), "POLICY"));

        YamlMappingNode[] steps = Steps(job);
        Assert.Equal(
            ["actions/checkout@v5", "actions/setup-dotnet@v5", null, null, null, "github/codeql-action/upload-sarif@v4"],
            steps.Select(static step => Find(step, "uses")));
        Assert.Equal([null, null, "dotnet tool install -g ModelPack", Sarif, Text, null], steps.Select(static step => Find(step, "run")));
        Assert.Equal("false", Value(Map(steps[0], "with"), "persist-credentials"));
        Assert.Equal("10.0.x", Value(Map(steps[1], "with"), "dotnet-version"));
        Assert.Equal("license-audit.sarif", Value(Map(steps[5], "with"), "sarif_file"));
        Assert.StartsWith("${{ !cancelled() && hashFiles('license-audit.sarif')", Value(steps[5], "if"), StringComparison.Ordinal);
        Assert.Null(Find(steps[3], "if"));
        Assert.Null(Find(steps[3], "continue-on-error"));
    }

    [Fact]
    public void GitLab_runs_the_audit_and_keeps_its_report()
    {
        YamlMappingNode root = Load("gitlab");
        Assert.Equal(["license-audit"], Keys(root));
        YamlMappingNode job = Map(root, "license-audit");
        Assert.Equal("$DOTNET_IMAGE", Value(job, "image"));
        Assert.Equal("15 minutes", Value(job, "timeout"));
        Assert.Equal(["dotnet tool install -g ModelPack", "export PATH=\"$PATH:$HOME/.dotnet/tools\""], Texts(job, "before_script"));
        Assert.Equal([JUnit], Texts(job, "script"));
        Assert.Equal(Text, Texts(job, "after_script")[^1]);
        YamlMappingNode artifacts = Map(job, "artifacts");
        Assert.Equal("always", Value(artifacts, "when"));
        Assert.Equal("license-audit.xml", Value(Map(artifacts, "reports"), "junit"));
        Assert.Equal(["license-audit.xml"], Texts(artifacts, "paths"));
        Assert.Null(Find(job, "allow_failure"));
    }

    [Fact]
    public void Azure_runs_the_audit_and_publishes_its_report()
    {
        YamlMappingNode root = Load("azure");
        YamlMappingNode job = Assert.IsType<YamlMappingNode>(Assert.Single(Sequence(root, "jobs")));
        Assert.Equal("15", Value(job, "timeoutInMinutes"));
        YamlMappingNode[] steps = Steps(job);
        Assert.Equal("false", Value(steps[0], "persistCredentials"));
        Assert.Equal(["UseDotNet@2", "PublishTestResults@2"], steps.Select(static step => Find(step, "task")).OfType<string>());
        Assert.Equal(
            [
                "dotnet tool install -g ModelPack\necho \"##vso[task.prependpath]$HOME/.dotnet/tools\"\n",
                JUnit.Replace("license-audit.xml", "\"$REPORT\"", StringComparison.Ordinal),
                Text,
            ],
            steps.Select(static step => Find(step, "bash")).OfType<string>());
        Assert.Equal([null, null, null, null, "failed()", "succeededOrFailed()"], steps.Select(static step => Find(step, "condition")));
        YamlMappingNode inputs = Map(steps[5], "inputs");
        Assert.Equal("JUnit", Value(inputs, "testResultsFormat"));
        Assert.Equal(Value(Map(root, "variables"), "REPORT"), $"{Value(inputs, "searchFolder")}/{Value(inputs, "testResultsFiles")}");
        Assert.Equal("true", Value(inputs, "failTaskOnMissingResultsFile"));
    }

    [Theory]
    [InlineData("github", 2)]
    [InlineData("gitlab", 2)]
    [InlineData("azure", 2)]
    public void The_tool_understands_every_command_of_a_pipeline(string template, int count)
    {
        string[] commands = Commands(template);
        Assert.Equal(count, commands.Length);
        Assert.All(commands, static command =>
        {
            ParseResult parsed = Program.CreateRoot().Parse(Words(command));
            Assert.Empty(parsed.Errors);
            Assert.Equal("audit", parsed.CommandResult.Command.Name);
        });
        Assert.NotEmpty(Program.CreateRoot().Parse(Words(commands[0].Replace("--policy", "--polizei", StringComparison.Ordinal))).Errors);
    }

    [Theory]
    [InlineData("github", "\"$schema\"")]
    [InlineData("gitlab", "<testsuites")]
    [InlineData("azure", "<testsuites")]
    public async Task The_commands_of_a_pipeline_run_and_leave_the_report_that_is_uploaded(string template, string mark)
    {
        using TempFolder folder = new();
        string policy = folder.File("policy.yml");
        await Tool.SucceedAsync("new", "policy", "-o", policy);
        foreach (string command in Commands(template))
        {
            string[] args = [.. Words(command).Select(word => word switch
            {
                "$MODEL" => RepositoryFolder.Join("samples", "tiny-qwen3moe"),
                "$POLICY" => policy,
                "$REPORT" or "license-audit.sarif" or "license-audit.xml" => folder.File("report"),
                _ => word,
            })];
            Tool run = await Tool.RunAsync(args);
            Assert.True(run.Code is ExitCode.Success or ExitCode.PolicyViolation, run.Error);
        }

        Assert.Contains(mark, await File.ReadAllTextAsync(folder.File("report"), TestContext.Current.CancellationToken), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("github")]
    [InlineData("gitlab")]
    [InlineData("azure")]
    public void A_pipeline_has_no_secret_and_no_host(string template)
    {
        string text = Read(template);
        Assert.DoesNotContain("secrets.", text, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("token", text, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("://", text, StringComparison.Ordinal);
        Assert.DoesNotMatch(@"\b[a-z0-9-]+\.(com|io|org|net|dev)\b", text);
    }

    private static string Read(string template) => ProjectTemplate.All.Single(known => known.Name == template).Read();

    private static YamlMappingNode Load(string template)
    {
        YamlStream stream = [];
        stream.Load(new StringReader(Read(template)));
        return Assert.IsType<YamlMappingNode>(Assert.Single(stream.Documents).RootNode);
    }

    /// <summary>The lines of all scripts that call the tool.</summary>
    private static string[] Commands(string template) =>
        [.. Load(template).AllNodes.OfType<YamlScalarNode>()
            .SelectMany(static node => node.Value!.Split('\n'))
            .Where(static line => line.StartsWith("modelpack ", StringComparison.Ordinal))];

    // Enough of a shell for these lines: words, and quotes around them.
    private static string[] Words(string command) =>
        [.. ShellWord().Matches(command["modelpack ".Length..]).Select(static word => word.Value.Trim('"'))];

    private static YamlNode Node(YamlMappingNode map, string key) =>
        map.Children.Single(field => ((YamlScalarNode)field.Key).Value == key).Value;

    private static YamlMappingNode Map(YamlMappingNode map, string key) => Assert.IsType<YamlMappingNode>(Node(map, key));

    private static YamlSequenceNode Sequence(YamlMappingNode map, string key) => Assert.IsType<YamlSequenceNode>(Node(map, key));

    private static YamlMappingNode[] Steps(YamlMappingNode job) => [.. Sequence(job, "steps").Select(static step => Assert.IsType<YamlMappingNode>(step))];

    private static string[] Texts(YamlMappingNode map, string key) => [.. Sequence(map, key).Select(static item => ((YamlScalarNode)item).Value!)];

    private static string Value(YamlMappingNode map, string key) => Assert.IsType<YamlScalarNode>(Node(map, key)).Value!;

    private static string? Find(YamlMappingNode map, string key) => Keys(map).Contains(key) ? Value(map, key) : null;

    private static IEnumerable<string> Keys(YamlMappingNode map) => map.Children.Keys.Select(static key => ((YamlScalarNode)key).Value!);

    [GeneratedRegex("\"[^\"]*\"|[^ ]+")]
    private static partial Regex ShellWord();
}
