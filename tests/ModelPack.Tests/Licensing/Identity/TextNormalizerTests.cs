using ModelPack.Licensing.Identity;

namespace ModelPack.Tests.Licensing.Identity;

public sealed class TextNormalizerTests
{
    [Theory]
    [InlineData("The Licence", "the license")]
    [InlineData("“Software” – ‘as is’", "\"software\" - 'as is'")]
    [InlineData("# one\n# two", "one two")]
    [InlineData(" * one\n * two", "one two")]
    [InlineData("// one\n// two", "one two")]
    [InlineData("> **Bold** and _thin_", "bold and thin")]
    [InlineData("<p>one</p> <br/>two", "one two")]
    [InlineData("one &amp; two&nbsp;three", "one two three")]
    [InlineData("Copyright (c) 2024 Somebody\none", "one")]
    [InlineData("© 2024 Somebody <a@example.com>\none", "one")]
    [InlineData("Copyright [yyyy] [name]\none", "one")]
    [InlineData("All rights reserved.\none", "one")]
    [InlineData("1. one\n2) two\n(a) three (iv) four", "one two three four")]
    [InlineData("1\\. **one**", "one")]
    [InlineData("copyright owner", "copyright holder")]
    [InlineData("sublicense", "sub-license")]
    [InlineData("noncommercial", "non-commercial")]
    [InlineData("https://example.com", "http://example.com")]
    [InlineData("soft\u00ADware", "software")]
    public void These_count_as_the_same(string text, string same)
    {
        Assert.Equal(Hashes(same), Hashes(text));
    }

    [Theory]
    [InlineData("Llama 3.1", "Llama 3 1")]
    [InlineData("K2", "K2.5")]
    [InlineData("may", "may not")]
    [InlineData("copyright notice", "")]
    [InlineData("Copyright notices must be kept in 2024", "")]
    [InlineData("(c) keep the notice", "")]
    [InlineData("許諾", "諾許")]
    public void These_do_not(string text, string other)
    {
        Assert.NotEqual(Hashes(other), Hashes(text));
    }

    [Fact]
    public void Words_know_where_they_stand()
    {
        const string Text = "One, K2.5\nthree";
        Assert.Equal(["One", "K2.5", "three"], TextNormalizer.Normalize(Text).Select(static word => Text[word.Start..word.End]));
    }

    private static uint[] Hashes(string text) => [.. TextNormalizer.Normalize(text).Select(static word => word.Hash)];
}
