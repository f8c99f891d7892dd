using ModelPack.Cli.Calibrated;
using ModelPack.Cli.Runs;
using ModelPack.Models;
using ModelPack.Models.Tokenizers.Encoders;
using ModelPack.Tests.Support;

namespace ModelPack.Tests.Cli;

public sealed class CalibrationWindowsTests : IDisposable
{
    private readonly TempFolder _temp = new();

    private static readonly TextEncoder Encoder = TextEncoder.Open(RepositoryFolder.Join("samples", "tiny-qwen3moe"));

    public void Dispose() => _temp.Dispose();

    // A corpus that is sorted by subject must not be calibrated on its first subject: the first version of this lost a third of the gain.
    [Fact]
    public void Windows_come_from_the_whole_text()
    {
        RunText text = Text(string.Concat(Enumerable.Range(0, 400).Select(static i => $"Chapter {i} tells of number {i} and nothing else. ")));
        int[] all = [.. text.Tokens().SelectMany(static t => t)];
        CalibrationWindows windows = CalibrationWindows.Of(text, 320, 32);
        Assert.Equal(10, windows.Windows.Count);
        int whole = all.Length / 32;
        Assert.Equal(
            Enumerable.Range(0, 10).Select(i => all.Skip(i * whole / 10 * 32).Take(32)),
            windows.Windows.Select(static w => w.AsEnumerable()));
    }

    [Fact]
    public void A_short_text_is_used_whole_and_the_digest_tells_texts_apart()
    {
        CalibrationWindows first = CalibrationWindows.Of(Text(new string('a', 3000)), 1 << 20, 16);
        CalibrationWindows second = CalibrationWindows.Of(Text(new string('b', 3000)), 1 << 20, 16);
        Assert.True(first.Windows.Count > 1);
        Assert.Equal(first.Windows.Count * 16, first.Tokens);
        Assert.NotEqual(first.Sha256, second.Sha256);
        Assert.Equal("t.txt", first.Name);
    }

    [Fact]
    public void Fewer_tokens_than_a_window_are_refused() =>
        Assert.Equal(
            "--calibration-tokens 100: less than one window of 512 tokens (--context)",
            Assert.Throws<ModelPackException>(() => CalibrationWindows.Of(Text("x"), 100, 512)).Message);

    private RunText Text(string content) => new(_temp.Write("t.txt", System.Text.Encoding.UTF8.GetBytes(content)), Encoder, null, parseSpecial: false);
}
