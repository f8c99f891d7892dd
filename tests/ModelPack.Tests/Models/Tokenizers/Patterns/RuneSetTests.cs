using ModelPack.Models.Tokenizers.Patterns;

namespace ModelPack.Tests.Models.Tokenizers.Patterns;

public sealed class RuneSetTests
{
    public static TheoryData<string> Classes =>
    [
        @"\s", @"\S", @"\w", @"\W", @"\d", @"\D", ".", "a", "\\x{0}", @"\x{3f}", @"\x{40}", @"\x{ffff}", @"[\x{3f}-\x{40}]", @"[\x{40}-\x{7f}]",
        @"[\x{41}-\x{7e}]", @"[\x{0}-\x{ffff}]", @"[\x{1}-\x{fffe}]", @"[\x{fff0}-\x{10010}]", @"[\x{10000}-\x{10ffff}]", @"[^\x{10000}-\x{10ffff}]",
        @"\p{L}", @"\P{L}", @"\p{Lu}", @"\p{M}", @"\p{N}", @"\p{P}", @"\p{S}", @"\p{C}", @"\p{Cn}", @"\p{Cs}", @"\p{Han}", @"\P{Han}",
        @"[^\s\p{L}\p{N}]", @"[\p{L}&&[^a-z]]", @"[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}&&[^\p{Han}]]", "(?i:k)", "[^\\r\\n]",
    ];

    [Theory]
    [MemberData(nameof(Classes))]
    public void A_set_has_the_units_of_its_class_and_no_others(string pattern)
    {
        RuneClass runes = PatternParser.Parse("test", pattern, foldsLongS: true).First!;
        RuneSet set = new(runes);
        List<int> wrong = [];
        for (int c = 0; c <= char.MaxValue; c++)
        {
            if (set.Match(((char)c).ToString(), 0, 1) == 1 != runes.Contains(c))
            {
                wrong.Add(c);
            }
        }

        Assert.Empty(wrong);
    }

    [Theory]
    [InlineData(@"\p{L}", "\ud842\udfb7", 2)]
    [InlineData(@"\P{L}", "\ud842\udfb7", 0)]
    [InlineData(@"[\x{fff0}-\x{10010}]", "\ud800\udc10", 2)]
    [InlineData(@"[\x{fff0}-\x{10010}]", "\ud800\udc11", 0)]
    public void Code_points_beyond_the_basic_plane_are_asked_of_the_class(string pattern, string text, int width) =>
        Assert.Equal(width, new RuneSet(PatternParser.Parse("test", pattern, foldsLongS: true).First!).Match(text, 0, text.Length));
}
