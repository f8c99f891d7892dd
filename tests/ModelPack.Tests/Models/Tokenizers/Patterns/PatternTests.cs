using ModelPack.Models;
using ModelPack.Models.Tokenizers.Patterns;

namespace ModelPack.Tests.Models.Tokenizers.Patterns;

public sealed class PatternTests
{
    [Theory]
    [InlineData("abc", "xabcx", "abc")]
    [InlineData("a|ab", "ab", "a")]
    [InlineData("a+", "baaac", "aaa")]
    [InlineData("a+?", "aaa", "a,a,a")]
    [InlineData("a*b", "aaab", "aaab")]
    [InlineData("a{2}", "aaaaa", "aa,aa")]
    [InlineData("a{1,3}", "aaaaa", "aaa,aa")]
    [InlineData("a{,2}b", "aaab", "aab")]
    [InlineData("a{2,}", "aaaaa a", "aaaaa")]
    [InlineData("(?:ab)+", "ababa", "abab")]
    [InlineData("(?:ab|c){2,3}", "abcabc", "abcab,c")]
    [InlineData("(?:ab|c){2,3}?", "abcabc", "abc,abc")]
    [InlineData("a?+a", "a aa", "aa")]
    [InlineData("a++a", "aaa", "")]
    [InlineData("(?>a|ab)c", "abc ac", "ac")]
    [InlineData(@"\s+(?!\S)|\s+", "a   b  ", "  , ,  ")]
    [InlineData("a(?=b)", "ab ac", "a")]
    [InlineData("^a|c$", "a ba\nac", "a,a,c")]
    [InlineData(@"\Aa|c\z", "a\nac", "a,c")]
    [InlineData(@"\d{1,3}(?=(?:\d{3})*\b)", "1234567", "1,234,567")]
    [InlineData(@"(?=(?:\d{3})+(?!\d))", "1234567", ",")]
    [InlineData("(?i:'s|'LL)", "'S 'll 'ſ 't", "'S,'ll,'ſ")]
    [InlineData("(?i)ab(?:c)", "ABC abc", "ABC,abc")]
    [InlineData("x(?i:a)b", "xAb xAB", "xAb")]
    [InlineData("[^a-c]+", "abxyc", "xy")]
    [InlineData(@"[\p{L}&&[^a-z]]+", "abCÉd", "CÉ")]
    [InlineData(@"[a\-b\]]+", "x-a]b", "-a]b")]
    [InlineData("[]a]", "a", null)]
    [InlineData(@"\p{Lu}\p{Ll}*", "Ab Éa ǅ", "Ab,Éa")]
    [InlineData(@"\P{L}+", "a12b", "12")]
    [InlineData(@"\p{L}+", "a𠮷𝔘b!", "a𠮷𝔘b")]
    [InlineData(@"[^\p{L}]", "a😀b", "😀")]
    [InlineData(@"[\x{20000}-\x{2FFFF}]", "a𠮷", "𠮷")]
    [InlineData(@"[\u4e00-\u9fff]+", "a中文", "中文")]
    [InlineData(@"\p{Han}+", "漢字々〇かな", "漢字々〇")]
    [InlineData(@"\s", "\u0085\ufeff\u200b\u3000", "\u0085,\u3000")]
    [InlineData(".+", "a\nb", "a,b")]
    public void A_pattern_matches_as_in_Oniguruma(string pattern, string text, string? matches)
    {
        if (matches is null)
        {
            Assert.ThrowsAny<ModelPackException>(() => Pattern.Parse("test", pattern));
            return;
        }

        Assert.Equal(matches, string.Join(',', Matches(Pattern.Parse("test", pattern), text)));
    }

    [Fact]
    public void Long_s_matches_s_without_case_only_where_Unicode_is_followed()
    {
        Assert.Equal(["ſ"], Matches(Pattern.Parse("test", "(?i:s)"), "ſ"));
        Assert.Empty(Matches(Pattern.Parse("test", "(?i:s)", foldsLongS: false), "ſ"));
    }

    [Theory]
    [InlineData(@"\p{Greek}", "the property 'Greek'")]
    [InlineData(@"\h", "the escape '\\h'")]
    [InlineData("(?<=a)b", "this kind of group")]
    [InlineData("[[:alpha:]]", "a POSIX bracket")]
    [InlineData("(?:a*)*", "repetition of what can be empty")]
    [InlineData("a{1,2}+", "a quantifier after a quantifier")]
    [InlineData("a**", "a quantifier after a quantifier")]
    [InlineData("a{99999}", "a count that is no number up to 10000")]
    [InlineData("(?:(?:(?:ab){9999}){9999}){9999}", "more than 20000 steps")]
    public void What_is_not_known_is_refused_by_name(string pattern, string what) =>
        Assert.Contains(what, Assert.Throws<UnsupportedModelException>(() => Pattern.Parse("test", pattern)).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData("(a")]
    [InlineData("a)")]
    [InlineData("[a")]
    [InlineData("*a")]
    [InlineData(@"a\")]
    [InlineData("[b-a]")]
    [InlineData("a{3,2}")]
    [InlineData(@"\x{110000}")]
    public void What_is_no_pattern_is_refused(string pattern) =>
        Assert.Throws<InvalidCheckpointException>(() => Pattern.Parse("test", pattern));

    [Fact]
    public void Nesting_without_end_is_refused() =>
        Assert.Throws<UnsupportedModelException>(() => Pattern.Parse("test", new string('(', 60_000)));

    [Fact]
    public void A_pattern_that_backtracks_without_end_is_stopped()
    {
        Pattern pattern = Pattern.Parse("test", "(?:a|a)+b");
        string message = Assert.Throws<InvalidCheckpointException>(() => Matches(pattern, new string('a', 5000)).Count()).Message;
        Assert.Contains("takes too many steps", message, StringComparison.Ordinal);
    }

    private static IEnumerable<string> Matches(Pattern pattern, string text)
    {
        PatternRun run = new();
        long steps = Pattern.StepsFor(text.Length);
        for (int at = 0; (at = pattern.NextStart(text, at, text.Length)) < text.Length;)
        {
            int end = pattern.Match(text, 0, text.Length, at, run, ref steps);
            if (end >= at)
            {
                yield return text[at..end];
            }

            at = end > at ? end : at + (char.IsHighSurrogate(text[at]) ? 2 : 1);
        }
    }
}
