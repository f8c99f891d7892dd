using System.Text.RegularExpressions;
using ModelPack.Cli;
using ModelPack.Licensing.Catalog;
using ModelPack.Licensing.Guards;
using ModelPack.Licensing.Policy;
using ModelPack.Tests.Support;

namespace ModelPack.Tests.Cli.Commands;

public sealed partial class PolicyTemplateTests
{
    private static string[] Lines => ProjectTemplate.All.Single(static template => template.Name == "policy").Read().TrimEnd('\n').Split('\n');

    [Fact]
    public void The_template_is_a_policy_as_it_is()
    {
        LicensePolicy policy = Parse(Lines);
        Assert.Equal((UseKind.Internal, Verdict.Review), (policy.Use, policy.FailOn));
        Assert.Empty(policy.Facts.Names);
        Assert.Empty(policy.Allow.Concat(policy.Deny).Concat(policy.Review));
        Assert.Empty(policy.Exceptions);
        Assert.Empty(policy.Lineage);
    }

    [Fact]
    public void Every_example_works_alone()
    {
        List<Range> examples = Examples();
        Assert.True(examples.Count > 30, $"{examples.Count} examples");
        string plain = Describe(Parse(Lines));
        foreach (Range example in examples)
        {
            string[] lines = [.. Lines.Select((line, i) => i >= example.Start.Value && i < example.End.Value ? line[1..] : line)];
            Assert.NotEqual(plain, Describe(Parse(lines)));
        }
    }

    [Fact]
    public void All_examples_work_together_and_show_every_field()
    {
        LicensePolicy policy = Parse([.. Lines.Select(static line => IsExample(line) ? line[1..] : line)]);
        Assert.Equal(FactDefinition.All.Select(static fact => fact.Name).Where(static name => name != "name"), policy.Facts.Names);
        Assert.All(FactDefinition.All.Where(static fact => fact.Name != "name"), fact => Assert.Equal(fact.Kind, policy.Facts.Find(fact.Name)!.Kind));
        Assert.All([policy.Allow, policy.Deny, policy.Review], static list =>
        {
            Assert.Contains(list, static rule => rule.License is not null);
            Assert.Contains(list, static rule => rule.Condition is not null);
            Assert.Contains(list, static rule => rule.Reason is not null);
        });
        PolicyWaiver waiver = policy.Exceptions[0];
        Assert.True(waiver is { License: not null, Code: not null, Component: not null, Clause: not null });
        PolicyArtifact artifact = Assert.Single(policy.Lineage);
        Assert.NotNull(artifact.License);
        Assert.Contains(artifact.Parents, static parent => parent.License is not null);
        Assert.Contains(artifact.Datasets, static data => data.License is not null);
        Assert.NotNull(policy.Outbound);
        Assert.NotNull(policy.Name);
    }

    [Fact]
    public void Every_word_that_is_accepted_is_told()
    {
        string text = string.Join('\n', Lines);
        Assert.All(
            CatalogWords.Of<ConditionKind>().Concat(CatalogWords.Of<UseKind>()).Append("denied").Append("obligations")
                .Concat(Enum.GetValues<Relation>().Where(static relation => !relation.IsAct()).Select(CatalogWords.Spelling)),
            word => Assert.Matches($@"\b{word}\b", text));
    }

    [Fact]
    public async Task The_audit_takes_it()
    {
        using TempFolder folder = new();
        string path = folder.File("policy.yml");
        await Tool.SucceedAsync("new", "policy", "-o", path);
        Tool run = await Tool.RunAsync("license", "audit", RepositoryFolder.Join("samples", "tiny-qwen3moe"), "--policy", path);
        Assert.True(run.Code is ExitCode.Success or ExitCode.PolicyViolation, run.Error);
        Assert.NotEqual("", run.Output);
    }

    /// <summary>The stretches that belong together: an item of a list with what stands deeper, or one field.</summary>
    private static List<Range> Examples()
    {
        string[] lines = Lines;
        List<Range> examples = [];
        for (int i = 0; i < lines.Length; i++)
        {
            if (IsExample(lines[i]))
            {
                int start = i;
                int indent = Indent(lines[i]);
                while (i + 1 < lines.Length && IsExample(lines[i + 1]) && Indent(lines[i + 1]) > indent)
                {
                    i++;
                }

                examples.Add(start..(i + 1));
            }
        }

        return examples;
    }

    private static int Indent(string line) => line.Length - line[1..].TrimStart(' ').Length;

    private static bool IsExample(string line) => ExampleLine().IsMatch(line);

    private static LicensePolicy Parse(IEnumerable<string> lines) => LicensePolicy.Parse(string.Join('\n', lines), "policy.yml");

    private static string Describe(LicensePolicy policy) => string.Join(
        '|',
        policy.Use,
        policy.Outbound,
        policy.Name,
        policy.FailOn,
        string.Join(',', policy.Facts.Names),
        policy.Allow.Count,
        policy.Deny.Count,
        policy.Review.Count,
        policy.Exceptions.Count,
        policy.Lineage.Count);

    [GeneratedRegex("^#(  |[a-z])")]
    private static partial Regex ExampleLine();
}
