using System.Text.RegularExpressions;
using ModelPack.Licensing.Catalog;
using ModelPack.Licensing.Guards;
using ModelPack.Tests.Support;

namespace ModelPack.Tests.Licensing.Catalog;

public sealed partial class LicenseCatalogTests
{
    public static TheoryData<string> Ids => [.. LicenseCatalog.Default.All.Select(static entry => entry.Id)];

    [Theory]
    [MemberData(nameof(Ids))]
    public void Every_entry_says_what_it_is_and_where_it_was_read(string id)
    {
        LicenseEntry entry = LicenseCatalog.Default.Find(id)!;
        Assert.NotEmpty(entry.Name);
        Assert.NotEmpty(entry.Family);
        Assert.Contains('/', entry.Source.Repository);
        Assert.NotEmpty(entry.Source.Path);
        Assert.All(entry.Conditions, static condition =>
        {
            Assert.EndsWith(".", condition.Text, StringComparison.Ordinal);
            Assert.NotEqual(Verdict.Allowed, condition.Effect);
            Assert.InRange(condition.Text.Length, 10, 200);
        });
    }

    [Fact]
    public void Every_fact_of_a_definition_is_asked_for_and_none_else()
    {
        string[] asked = [.. LicenseCatalog.Default.All
            .SelectMany(static entry => entry.Conditions)
            .SelectMany(static condition => condition.When?.FactNames ?? [])
            .Distinct()];
        Assert.Empty(asked.Except(FactDefinition.All.Select(static fact => fact.Name)));
        Assert.Empty(FactDefinition.All.Select(static fact => fact.Name).Except(asked));
    }

    [Theory]
    [InlineData("llama3.1", "LicenseRef-Llama-3.1")]
    [InlineData("LLAMA3.1", "LicenseRef-Llama-3.1")]
    [InlineData("licenseref-llama-3.1", "LicenseRef-Llama-3.1")]
    [InlineData("apache-2.0", "Apache-2.0")]
    [InlineData("gpl-3.0", "GPL-3.0-only")]
    [InlineData("bsl-1.0", "BSL-1.0")]
    [InlineData("busl-1.1", "BUSL-1.1")]
    [InlineData("creativeml-openrail-m", "LicenseRef-CreativeML-OpenRAIL-M")]
    [InlineData("openrail++", "LicenseRef-OpenRAIL++-M")]
    [InlineData("bigcode-openrail-m", "LicenseRef-scancode-bigcode-open-rail-m-v1")]
    [InlineData("cdla-permissive-2.0", "CDLA-Permissive-2.0")]
    [InlineData("openmdw-1.1", "OpenMDW-1.1")]
    [InlineData("nvidia-open-model-license", "LicenseRef-NVIDIA-Open-Model")]
    public void A_hub_tag_finds_its_license_in_any_case(string tag, string id) =>
        Assert.Equal(id, LicenseCatalog.Default.Find(tag)?.Id);

    [Theory]
    [InlineData("other")]
    [InlineData("unknown")]
    [InlineData("cc")]
    [InlineData("gpl")]
    [InlineData("lgpl")]
    [InlineData("openrail")]
    [InlineData("LicenseRef-none")]
    [InlineData("")]
    public void A_tag_that_names_no_one_license_finds_none(string tag) => Assert.Null(LicenseCatalog.Default.Find(tag));

    [Fact]
    public void Every_license_of_the_corpus_has_an_entry()
    {
        string[] missing = [.. Corpus()
            .Select(static row => row.Id)
            .Where(static id => id != "LicenseRef-none")
            .SelectMany(static id => id.Split(" AND "))
            .Where(static id => LicenseCatalog.Default.Find(id)?.Id != id)];
        Assert.Empty(missing);
    }

    [Fact]
    public void Every_fingerprint_belongs_to_an_entry()
    {
        const string Ending = ".fingerprint";
        string[] ids = [.. typeof(LicenseCatalog).Assembly.GetManifestResourceNames()
            .Where(static name => name.EndsWith(Ending, StringComparison.Ordinal))
            .Select(static name => name[(name.IndexOf(".licenses.", StringComparison.Ordinal) + ".licenses.".Length)..^Ending.Length])];
        Assert.NotEmpty(ids);
        Assert.DoesNotContain(ids, static id => LicenseCatalog.Default.Find(id)?.Id != id);
    }

    [Fact]
    public void The_catalogue_holds_paraphrases_and_no_license_text()
    {
        const int Run = 10;
        foreach ((string id, string file) in Corpus())
        {
            if (LicenseCatalog.Default.Find(id) is not { } entry)
            {
                continue;
            }

            string text = $" {string.Join(' ', Words(File.ReadAllText(file)))} ";
            foreach (string said in entry.Conditions.Select(static c => c.Text).Append(entry.Remark ?? "").Append(entry.Outbound?.Text ?? ""))
            {
                string[] words = Words(said);
                for (int i = 0; i + Run <= words.Length; i++)
                {
                    string run = string.Join(' ', words[i..(i + Run)]);
                    Assert.False(text.Contains($" {run} ", StringComparison.Ordinal), $"{id} has \"{run}\" from the license's text");
                }
            }
        }
    }

    [Fact]
    public void Statements_to_print_are_in_the_license_word_for_word()
    {
        foreach ((string id, string file) in Corpus())
        {
            string text = $" {string.Join(' ', Words(File.ReadAllText(file)))} ";
            foreach (string statement in LicenseCatalog.Default.Find(id)?.Conditions.Select(static c => c.Print).OfType<string>() ?? [])
            {
                Assert.Contains($" {string.Join(' ', Words(statement))} ", text, StringComparison.Ordinal);
            }
        }
    }

    private static IEnumerable<(string Id, string File)> Corpus()
    {
        string folder = SharedFolder.Require("data/licences");
        return File.ReadLines(Path.Combine(folder, "index.tsv")).Skip(1)
            .Select(static line => line.Split('\t'))
            .Select(cells => (cells[1], Path.Combine(folder, cells[0])));
    }

    private static string[] Words(string text) => [.. WordPattern().Matches(text.ToLowerInvariant()).Select(static match => match.Value)];

    [GeneratedRegex(@"\w+")]
    private static partial Regex WordPattern();

    [Fact]
    public void The_whole_catalogue_keeps_the_rules()
    {
        LicenseCatalog whole = LicenseCatalog.Load(LicenseCatalog.EmbeddedFiles());
        Assert.Equal(LicenseCatalog.Default.All.Select(static entry => entry.Id), whole.All.Select(static entry => entry.Id));
    }

    [Fact]
    public void The_names_at_a_file_s_start_are_all_its_names()
    {
        Assert.All(LicenseCatalog.EmbeddedFiles(), static file =>
        {
            LicenseEntry entry = LicenseReader.Read(file.File, file.Yaml);
            CatalogHeader header = CatalogHeader.Read(file.File, file.Yaml);
            Assert.Equal(entry.Id, header.Id);
            Assert.Equal(entry.Aliases, header.Aliases);
            Assert.Equal(entry.Models, header.Models);
        });
        Assert.Equal(
            LicenseCatalog.Default.All.SelectMany(static entry => entry.Models.Select(pattern => (pattern, entry.Id))).Order(),
            LicenseCatalog.Default.Models.Order());
        Assert.Contains("llama3.1", LicenseCatalog.Default.Names);
    }

    [Fact]
    public void Names_are_found_wherever_they_stand()
    {
        const string Late = "name: A license\nfamily: a\nsource:\n  repository: o/r\n  path: LICENSE\naliases: [b]\nid: A\nmodels: [o/b-*]\n";
        LicenseCatalog catalog = LicenseCatalog.Load([("a.yml", Late)]);
        Assert.Equal("A", catalog.Find("b")?.Id);
        Assert.Equal([("o/b-*", "A")], catalog.Models);
    }
}
