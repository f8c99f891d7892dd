using ModelPack.Licensing.Catalog;
using ModelPack.Tests.Support;

namespace ModelPack.Tests.Licensing.Catalog;

public sealed class CatalogFaultTests
{
    private const string Head = "id: A\nname: A license\nfamily: a\nsource:\n  repository: o/r\n  path: LICENSE\n";
    private const string Condition = "conditions:\n  - kind: copy\n    clause: '1'\n    effect: obligations\n    text: Do it.\n";

    [Theory]
    [InlineData("", "1:1: expected one YAML document")]
    [InlineData("- a\n", "1:1: expected a mapping of fields, found a list")]
    [InlineData("id: A\n", "1:1: the field 'name' is missing")]
    [InlineData("id: [A]\n", "1:5: expected a text, found a list")]
    [InlineData("id: A\nname: A\nfamily: a\n", "1:1: the field 'source' is missing")]
    [InlineData(Head + "nmae: x\n", "7:1: there is no field 'nmae' here; expected id, name, aliases, models, family, source, remark, derivatives, outbound, conditions")]
    [InlineData(Head + "aliases: x\n", "7:10: 'aliases' must be a list, found 'x'")]
    [InlineData(Head + "derivatives: [distill]\n", "7:15: 'distill' is not known here; expected convert, quantize, finetune, merge, adapter, distil, dataset, aggregate, outputs, host, use, redistribute")]
    [InlineData(Head + Condition + "    extra: 1\n", "12:5: there is no field 'extra' here; expected when, kind, clause, from, always, acts, uses, sparesFamily, effect, unknown, presume, text, print")]
    [InlineData(Head + Condition + "    effect2: 1\n", "12:5: there is no field 'effect2' here; expected when, kind, clause, from, always, acts, uses, sparesFamily, effect, unknown, presume, text, print")]
    [InlineData(Head + Condition + "    acts: [quantize]\n", "12:12: 'quantize' is no act; expected host, use or redistribute")]
    [InlineData(Head + Condition + "    always: perhaps\n", "12:13: \"perhaps\" is neither true nor false")]
    [InlineData(Head + Condition + "    when: commercial and maus > 1\n", "12:26: there is no fact \"maus\"")]
    [InlineData(Head + Condition + "    when: 'mau > x'\n", "12:18: expected a number")]
    [InlineData(Head + Condition + "    presume: { maus: 1 }\n", "12:22: there is no fact \"maus\"")]
    [InlineData(Head + "outbound:\n  clause: '1'\n  otherwise: denied\n  text: T.\n  accepts: [B]\n", "1:1: 'B' is no id of the catalogue")]
    public void A_fault_is_named_with_file_line_and_column(string yaml, string message)
    {
        InvalidCatalogException fault = Assert.Throws<InvalidCatalogException>(() => LicenseCatalog.Load([("a.yml", yaml)]));
        Assert.Equal($"a.yml:{message}", fault.Message);
    }

    [Theory]
    [InlineData("id: A\nid: B\n")]
    [InlineData("id: [A\n")]
    [InlineData("\tid: A\n")]
    [InlineData("id: \"A\n")]
    public void What_is_no_YAML_is_refused(string yaml)
    {
        InvalidCatalogException fault = Assert.Throws<InvalidCatalogException>(() => LicenseCatalog.Load([("a.yml", yaml)]));
        Assert.StartsWith("a.yml:", fault.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("aliases: [a]")]
    [InlineData("aliases: [b, B]")]
    public void A_name_belongs_to_one_license(string aliases)
    {
        InvalidCatalogException fault = Assert.Throws<InvalidCatalogException>(() => LicenseCatalog.Load([("a.yml", Head + aliases + "\n")]));
        Assert.EndsWith("names A already", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Two_files_cannot_have_one_id() =>
        Assert.Equal(
            "b.yml:1:1: 'A' names A already",
            Assert.Throws<InvalidCatalogException>(() => LicenseCatalog.Load([("a.yml", Head), ("b.yml", Head)])).Message);

    [Fact]
    public void The_example_in_the_documentation_loads()
    {
        string page = File.ReadAllText(RepositoryFolder.Join("docs", "licensing.md")).ReplaceLineEndings("\n");
        int start = page.IndexOf("```yaml\n", StringComparison.Ordinal) + "```yaml\n".Length;
        string example = page[start..page.IndexOf("```", start, StringComparison.Ordinal)];
        LicenseEntry entry = Assert.Single(LicenseCatalog.Load([("example.yml", example)]).All);
        Assert.Equal("commercial and mau > 100_000_000", Assert.Single(entry.Conditions).WhenText);
    }
}
