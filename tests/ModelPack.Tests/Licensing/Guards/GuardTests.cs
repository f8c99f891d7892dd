using ModelPack.Licensing.Guards;

namespace ModelPack.Tests.Licensing.Guards;

public sealed class GuardTests
{
    [Theory]
    [InlineData("mau > 100_000_000", "mau=100000000", Truth.False)]
    [InlineData("mau > 100_000_000", "mau=100000000.01", Truth.True)]
    [InlineData("mau >= 100", "mau=100", Truth.True)]
    [InlineData("mau >= 100", "mau=99", Truth.False)]
    [InlineData("mau < 100", "mau=100", Truth.False)]
    [InlineData("mau <= 100", "mau=100", Truth.True)]
    [InlineData("commercial", "commercial=true", Truth.True)]
    [InlineData("commercial", "commercial=no", Truth.False)]
    [InlineData("not commercial", "commercial=no", Truth.True)]
    [InlineData("field in [military, nuclear]", "field=Nuclear", Truth.True)]
    [InlineData("field in [military, nuclear]", "field=research,military", Truth.True)]
    [InlineData("field in [military]", "field=militaryish", Truth.False)]
    [InlineData("place in [EU, GB]", "place=de", Truth.True)]
    [InlineData("place in [EU, GB]", "place=UK", Truth.True)]
    [InlineData("place in [EU, GB]", "place=EU", Truth.True)]
    [InlineData("place in [EU, GB]", "place=world", Truth.True)]
    [InlineData("place in [EU, GB]", "place=CH,US", Truth.False)]
    [InlineData("name starts \"Llama\"", "name=llama-x", Truth.True)]
    [InlineData("name starts \"Llama\"", "name=Acme-Llama", Truth.False)]
    public void A_test_holds_exactly_as_it_is_written(string guard, string fact, Truth expected) =>
        Assert.Equal(expected, GuardParser.Parse(guard).Evaluate(Facts.Parse([fact])).Value);

    [Theory]
    [InlineData("commercial and registered", "", Truth.Unknown, "commercial registered")]
    [InlineData("commercial and registered", "commercial=false", Truth.False, "commercial")]
    [InlineData("commercial and registered", "commercial=true", Truth.Unknown, "registered")]
    [InlineData("commercial or registered", "commercial=true", Truth.True, "commercial")]
    [InlineData("commercial or registered", "commercial=false", Truth.Unknown, "registered")]
    [InlineData("not commercial", "", Truth.Unknown, "commercial")]
    [InlineData("commercial and (mau > 1 or dau > 1)", "commercial=true;dau=2", Truth.True, "commercial dau")]
    [InlineData("commercial and mau > 1 or dau > 1", "commercial=false;dau=2", Truth.True, "dau")]
    [InlineData("not commercial and not registered", "commercial=false;registered=false", Truth.True, "commercial registered")]
    public void An_unknown_fact_matters_only_when_nothing_else_decides(string guard, string facts, Truth expected, string deciding)
    {
        string[] lines = facts.Split(';', StringSplitOptions.RemoveEmptyEntries);
        GuardResult result = GuardParser.Parse(guard).Evaluate(Facts.Parse(lines));
        Assert.Equal(expected, result.Value);
        Assert.Equal(deciding, string.Join(' ', result.Facts));
    }

    [Theory]
    [InlineData("", 0, "expected a fact")]
    [InlineData("maus > 1", 0, "there is no fact \"maus\"")]
    [InlineData("mau", 3, "expected a comparison")]
    [InlineData("mau > many", 6, "expected a number")]
    [InlineData("mau ( 1", 4, "expected >, >=, < or <=")]
    [InlineData("commercial and", 14, "expected a fact")]
    [InlineData("commercial registered", 11, "expected 'and', 'or' or the end")]
    [InlineData("(commercial", 11, "expected ')'")]
    [InlineData("place in GB", 9, "expected '['")]
    [InlineData("place in [GB", 12, "expected ']'")]
    [InlineData("place = GB", 6, "'=' starts no word, number, text or sign")]
    [InlineData("name starts \"Llama", 12, "the quote is not closed")]
    [InlineData("name starts Llama", 12, "expected a quoted text")]
    public void A_fault_names_its_place(string guard, int position, string message)
    {
        GuardSyntaxException fault = Assert.Throws<GuardSyntaxException>(() => GuardParser.Parse(guard));
        Assert.Equal(position, fault.Position);
        Assert.Equal(message, fault.Message);
    }

    [Fact]
    public void Deep_nesting_is_refused()
    {
        string guard = new string('(', 10_000) + "commercial" + new string(')', 10_000);
        Assert.Throws<GuardSyntaxException>(() => GuardParser.Parse(guard));
    }

    [Fact]
    public void A_guard_tells_which_facts_it_reads() =>
        Assert.Equal(["commercial", "mau"], GuardParser.Parse("commercial and (mau > 1 or not commercial)").FactNames);
}
