using System.Text;
using ModelPack.Models.Cards;

namespace ModelPack.Tests.Models.Cards;

public sealed class ModelCardReaderTests
{
    [Theory]
    [InlineData("")]
    [InlineData("# Title\n")]
    [InlineData("\n---\nlicense: mit\n---\n")]
    [InlineData("----\nlicense: mit\n----\n")]
    public void A_file_without_front_matter_has_no_card(string text) => Assert.Null(Parse(text));

    [Theory]
    [InlineData("---\nlicense: mit\n---\n# Title")]
    [InlineData("---\r\nlicense: mit\r\n---\r\n# Title")]
    [InlineData("\uFEFF---\nlicense: mit\n---")]
    [InlineData("--- \nlicense: 'mit'\n--- \n")]
    [InlineData("---\nlicense: [mit]\n---\n")]
    [InlineData("---\nlicense:\n- mit\n---\nmore\n---\n")]
    [InlineData("---\nlicense:\n-\tmit\n---\n")]
    public void A_license_is_read_however_it_is_written(string text)
    {
        ModelCard card = Parse(text)!;
        Assert.Equal(["mit"], card.Licenses);
        Assert.Empty(card.Notes);
    }

    [Fact]
    public void Scalars_stay_as_they_are_written()
    {
        ModelCard card = Parse("---\nlanguage: [no, en]\nversion: 1.0\nname: 2024-01-01\nlicense_name: ~\ntags:\n---\n")!;
        Assert.Equal(["no", "en"], card.Languages);
        Assert.Equal(("1.0", "2024-01-01", null, null), (card.Version, card.Name, card.LicenseName, card.Tags));
        Assert.Empty(card.Notes);
    }

    [Fact]
    public void Base_models_are_ids_urls_or_mappings()
    {
        ModelCard card = Parse("---\nbase_model:\n- a/b\n- name: C\n  organization: D\n- [x]\ndatasets: e/f\n---\n")!;
        Assert.Equal([new() { Id = "a/b" }, new() { Name = "C", Organization = "D" }], card.BaseModels);
        Assert.Equal([new() { Id = "e/f" }], card.Datasets);
        Assert.Equal(["README.md: base_model: a list where a hub id, a URL or a mapping was expected"], card.Notes);
    }

    [Theory]
    [InlineData("license: {a: b}", "README.md: license: a mapping where a text or a list of texts was expected")]
    [InlineData("license: [mit, [x]]", "README.md: license: a list where texts only was expected")]
    [InlineData("name: [x]", "README.md: name: a list where a text was expected")]
    [InlineData("a: &x [mit]\nlicense: *x", "README.md: license: a YAML alias where a text or a list of texts was expected")]
    [InlineData("license: [[[[[[[[[[x]]]]]]]]]]", "README.md: license: a list where texts only was expected")]
    public void A_value_of_another_kind_is_passed_over_with_a_note(string yaml, string note) =>
        Assert.Equal([note], Parse($"---\n{yaml}\n---\n")!.Notes);

    [Theory]
    [InlineData("license: [mit\n")]
    [InlineData("license: mit\n bad: [\n")]
    [InlineData("- a\n- b\n")]
    [InlineData("just words\n")]
    [InlineData("a: b: c\n")]
    [InlineData("\"unclosed\n")]
    [InlineData("a: !!binary x\n? [\n")]
    [InlineData("")]
    [InlineData("\0\u0001\n")]
    public void Broken_yaml_gives_an_empty_card_with_a_note(string yaml)
    {
        ModelCard card = Parse($"---\n{yaml}---\n# Title\n")!;
        Assert.Empty(card.Licenses);
        Assert.StartsWith("README.md: the front matter is no ", Assert.Single(card.Notes), StringComparison.Ordinal);
    }

    [Fact]
    public void An_unclosed_front_matter_is_not_read() =>
        Assert.Equal(["README.md: the front matter has no closing --- and was not read"], Parse("---\nlicense: mit\n")!.Notes);

    [Fact]
    public void A_front_matter_beyond_a_mebibyte_is_not_read() =>
        Assert.Equal(
            ["README.md: the front matter is longer than 1 MiB and was not read"],
            Parse("---\n" + string.Concat(Enumerable.Repeat("a: b\n", 300_000)) + "---\n")!.Notes);

    [Theory]
    [InlineData("[")]
    [InlineData("{")]
    [InlineData("- ")]
    [InlineData("a: &a\n")]
    [InlineData("? ")]
    [InlineData("[x, ")]
    public void A_mebibyte_of_nesting_ends_in_a_note(string piece)
    {
        ModelCard card = Parse("---\nlicense: " + string.Concat(Enumerable.Repeat(piece, 1_000_000 / piece.Length)) + "\n---\n")!;
        Assert.Single(card.Notes);
        Assert.Empty(card.Licenses);
    }

    [Fact]
    public void An_alias_bomb_is_not_expanded()
    {
        StringBuilder yaml = new("---\na0: &a0 [x, x]\n");
        for (int i = 1; i < 60; i++)
        {
            yaml.Append($"a{i}: &a{i} [*a{i - 1}, *a{i - 1}]\n");
        }

        ModelCard card = Parse(yaml.Append("tags: *a59\nlicense: mit\n---\n").ToString())!;
        Assert.Equal(["mit"], card.Licenses);
        Assert.Null(card.Tags);
        Assert.Single(card.Notes);
    }

    private static ModelCard? Parse(string text) => ModelCardReader.Parse(Encoding.UTF8.GetBytes(text));
}
