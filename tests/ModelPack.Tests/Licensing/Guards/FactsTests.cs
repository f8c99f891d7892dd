using ModelPack.Licensing;
using ModelPack.Licensing.Guards;

namespace ModelPack.Tests.Licensing.Guards;

public sealed class FactsTests
{
    [Theory]
    [InlineData("mau", "\"mau\" is not NAME=VALUE")]
    [InlineData("=1", "\"=1\" is not NAME=VALUE")]
    [InlineData("mau=", "mau: \"\" is no number of zero or more, such as 100000000 or 100_000_000")]
    [InlineData("mau=-1", "mau: \"-1\" is no number of zero or more, such as 100000000 or 100_000_000")]
    [InlineData("mau=1e9", "mau: \"1e9\" is no number of zero or more, such as 100000000 or 100_000_000")]
    [InlineData("commercial=maybe", "commercial: \"maybe\" is neither true nor false")]
    [InlineData("place=Germany", "place: \"Germany\" is no country code of two letters, EU or WORLD")]
    [InlineData("field=,", "field: the value is empty")]
    public void A_fact_that_cannot_be_read_is_refused(string line, string message) =>
        Assert.Equal(message, Assert.Throws<LicensingException>(() => Facts.Parse([line])).Message);

    [Fact]
    public void A_fact_is_given_once() =>
        Assert.Equal("mau is given twice", Assert.Throws<LicensingException>(() => Facts.Parse(["mau=1", "mau=1"])).Message);

    [Fact]
    public void A_fact_that_no_clause_asks_for_is_kept() =>
        Assert.Equal("x=y", Facts.Parse(["color=x=y"]).Find("color")!.Words[0]);

    [Fact]
    public void A_presumption_gives_way_to_what_was_said()
    {
        Facts facts = Facts.Parse(["mau=5"]).Presume("mau", FactValue.Of(7m)).Presume("dau", FactValue.Of(7m));
        Assert.Equal(5, facts.Find("mau")!.Number);
        Assert.Equal(7, facts.Find("dau")!.Number);
    }

    [Fact]
    public void Definitions_are_sorted_and_have_a_meaning()
    {
        string[] names = [.. FactDefinition.All.Select(static fact => fact.Name)];
        Assert.Equal(names.Order(StringComparer.Ordinal), names);
        Assert.All(FactDefinition.All, static fact => Assert.NotEmpty(fact.Meaning));
    }
}
