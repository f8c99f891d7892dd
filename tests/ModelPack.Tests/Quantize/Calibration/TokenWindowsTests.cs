using ModelPack.Models;
using ModelPack.Quantize.Calibration;

namespace ModelPack.Tests.Quantize.Calibration;

public sealed class TokenWindowsTests
{
    [Theory]
    [InlineData(7, 0)]
    [InlineData(8, 1)]
    [InlineData(9, 1)]
    [InlineData(15, 1)]
    [InlineData(16, 2)]
    public void Tokens_that_fill_no_window_are_left_out(int tokens, int windows)
    {
        int[] text = [.. Enumerable.Range(0, tokens)];
        if (windows == 0)
        {
            Assert.Equal(
                "the text is 7 tokens long; expected at least the 8 tokens of one window (--context)",
                Assert.Throws<ModelPackException>(() => TokenWindows.Cut(text, 8, null)).Message);
            return;
        }

        TokenWindows cut = TokenWindows.Cut(text, 8, null);
        Assert.Equal(text[..(windows * 8)], cut.All.SelectMany(static w => w));
        Assert.Equal(windows * 8, cut.Tokens);
    }

    [Fact]
    public void An_empty_text_is_refused() =>
        Assert.Equal(
            "the text is empty; expected text that fills at least one window",
            Assert.Throws<ModelPackException>(() => TokenWindows.Cut([], 8, null)).Message);

    [Fact]
    public void Every_window_starts_with_the_token_that_texts_start_with()
    {
        TokenWindows cut = TokenWindows.Cut([9, 1, 2, 3, 4, 5, 6, 7], 4, first: 9);
        Assert.Equal([9, 1, 2, 3], cut.All[0]);
        Assert.Equal([9, 5, 6, 7], cut.All[1]);
    }

    [Theory]
    [InlineData(512, 256, 255)]
    [InlineData(256, 128, 127)]
    [InlineData(5, 2, 2)]
    [InlineData(4, 2, 1)]
    public void The_second_half_is_scored_but_for_the_last_token(int context, int first, int count)
    {
        TokenWindows cut = TokenWindows.Cut(new int[context], context, null);
        Assert.Equal((first, count), (cut.FirstScored, cut.Scored));
    }

    [Fact]
    public void A_number_of_windows_can_be_asked_for_and_some_of_them_taken()
    {
        TokenWindows cut = TokenWindows.Cut(new int[100], 10, null, most: 7);
        Assert.Equal(7, cut.All.Count);
        Assert.Equal(2, cut.Slice(5, 3).All.Count);
        Assert.Equal(10, cut.Slice(5, 3).Context);
    }
}
