using System.Text;
using ModelPack.Models.Tokenizers.Normalization;
using ModelPack.Tests.Support;

namespace ModelPack.Tests.Models.Tokenizers.Normalization;

public sealed class CanonicalFormTests
{
    [Fact]
    public void The_runtime_normalizes_nothing_here_which_is_why_we_do() =>
        Assert.Equal("e\u0301", "e\u0301".Normalize(NormalizationForm.FormC));

    [Theory]
    [InlineData("", "", "")]
    [InlineData("abc", "abc", "abc")]
    [InlineData("é", "é", "e\u0301")]
    [InlineData("e\u0301", "é", "e\u0301")]
    [InlineData("\u212B", "Å", "A\u030A")]
    [InlineData("\u0958", "\u0915\u093C", "\u0915\u093C")]
    [InlineData("a\u0323\u0307", "ạ\u0307", "a\u0323\u0307")]
    [InlineData("a\u0307\u0323", "ạ\u0307", "a\u0323\u0307")]
    [InlineData("ế", "ế", "e\u0302\u0301")]
    [InlineData("e\u0301\u0302", "é\u0302", "e\u0301\u0302")]
    [InlineData("한", "한", "\u1112\u1161\u11AB")]
    [InlineData("\u1112\u1161\u11AB", "한", "\u1112\u1161\u11AB")]
    [InlineData("하\u11AB", "한", "\u1112\u1161\u11AB")]
    [InlineData("\U0001D15E", "\U0001D157\U0001D165", "\U0001D157\U0001D165")]
    [InlineData("\U000110A5\U000110BA", "\U000110AB", "\U000110A5\U000110BA")]
    [InlineData("\u0301", "\u0301", "\u0301")]
    [InlineData("ﬁ", "ﬁ", "ﬁ")]
    public void Known_texts_have_their_known_forms(string text, string composed, string decomposed)
    {
        Assert.Equal(composed, CanonicalForm.Compose(text));
        Assert.Equal(decomposed, CanonicalForm.Decompose(text));
    }

    [Fact]
    public void Every_code_point_and_random_texts_have_the_forms_that_JavaScript_gives()
    {
        List<string> texts = [.. RandomTexts.Make(21, 3000), .. Pairs(22)];
        for (int first = 0x80; first <= 0x10FFFF; first += 0x400)
        {
            StringBuilder block = new();
            for (int rune = first; rune < first + 0x400; rune++)
            {
                block.Append(Rune.IsValid(rune) ? new Rune(rune).ToString() : "x").Append(rune % 3 == 0 ? "\u0301 " : "|");
            }

            texts.Add(block.ToString());
        }

        (string Composed, string Decomposed)[] expected = JavaScriptNormalization.Apply(texts);
        for (int i = 0; i < texts.Count; i++)
        {
            Assert.Equal(expected[i].Composed, CanonicalForm.Compose(texts[i]));
            Assert.Equal(expected[i].Decomposed, CanonicalForm.Decompose(texts[i]));
        }
    }

    [Fact]
    public void A_million_marks_are_ordered_in_time_near_their_number()
    {
        string text = string.Concat(Enumerable.Repeat("\u0301\u0323", 500_000));
        string composed = CanonicalForm.Compose("a" + text);
        Assert.Equal('ạ', composed[0]);
        Assert.Equal(1_000_000, composed.Length);
        Assert.Equal('\u0301', composed[^1]);
    }

    [Fact]
    public void A_text_that_is_composed_comes_back_as_it_is()
    {
        string text = "Zürich 東京 한국 😀";
        Assert.Same(text, CanonicalForm.Compose(text));
    }

    private static IEnumerable<string> Pairs(int seed)
    {
        Random random = new(seed);
        int[] marks = [0x300, 0x301, 0x302, 0x308, 0x30A, 0x323, 0x327, 0x328, 0x331, 0x345, 0x334, 0x3099, 0x93C, 0x1161, 0x11A8, 0x5B0, 0x64E];
        for (int i = 0; i < 3000; i++)
        {
            StringBuilder text = new();
            for (int n = random.Next(1, 10); n > 0; n--)
            {
                text.Append(random.Next(2) == 0 ? char.ConvertFromUtf32(marks[random.Next(marks.Length)]) : ((char)random.Next(0x41, 0x250)).ToString());
            }

            yield return text.ToString();
        }
    }
}
