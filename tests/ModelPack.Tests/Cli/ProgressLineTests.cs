using ModelPack.Cli.Terminal;

namespace ModelPack.Tests.Cli;

public sealed class ProgressLineTests : IDisposable
{
    private const long MiB = 1 << 20;

    private readonly Clock _clock = new();
    private readonly StringWriter _error = new();

    public void Dispose() => _error.Dispose();

    private ProgressLine Line(bool interactive = false, Verbosity verbosity = Verbosity.Normal) =>
        new(new CommandTerminal(TextWriter.Null, _error, verbosity, interactive), "quantize", _clock);

    [Fact]
    public void Elsewhere_than_in_a_terminal_there_is_a_line_every_ten_seconds_and_a_last_one()
    {
        ProgressLine line = Line();
        for (int second = 1; second <= 25; second++)
        {
            _clock.Seconds = second;
            line.Report(second * MiB, 100 * MiB, 0, "blk.0.attn_q.weight");
        }

        line.Finish();
        Assert.Equal(
            """
            quantize:  10.0 %  10.0 MiB of 100 MiB  1.00 MiB/s, 90 s left
            quantize:  20.0 %  20.0 MiB of 100 MiB  1.00 MiB/s, 80 s left
            quantize:  25.0 %  25.0 MiB of 100 MiB  1.00 MiB/s, 75 s left

            """,
            _error.ToString(),
            ignoreLineEndingDifferences: true);
    }

    [Fact]
    public void The_last_line_is_not_said_twice()
    {
        ProgressLine line = Line();
        _clock.Seconds = 10;
        line.Report(MiB, MiB, 0, "t");
        line.Finish();
        Assert.Equal("quantize: 100.0 %  1.00 MiB of 1.00 MiB  102 KiB/s\n", _error.ToString(), ignoreLineEndingDifferences: true);
    }

    [Fact]
    public void What_an_earlier_run_did_is_done_but_makes_this_one_no_faster()
    {
        ProgressLine line = Line();
        _clock.Seconds = 10;
        line.Report(60 * MiB, 100 * MiB, 50 * MiB, "t");
        Assert.Equal("quantize:  60.0 %  60.0 MiB of 100 MiB  1.00 MiB/s, 40 s left\n", _error.ToString(), ignoreLineEndingDifferences: true);
    }

    [Fact]
    public void In_a_terminal_a_bar_is_drawn_over_and_gone_at_the_end()
    {
        ProgressLine line = Line(interactive: true);
        _clock.Seconds = 0.05;
        line.Report(MiB, 4 * MiB, 0, "too early");
        _clock.Seconds = 2;
        line.Report(2 * MiB, 4 * MiB, 0, "a\u001b[31mb");
        line.Finish();
        Assert.Equal(
            "\r\u001b[2Kquantize [###############...............]  50.0 %  2.00 MiB of 4.00 MiB  1.00 MiB/s, 2 s left  a\\u001b[31mb\r\u001b[2K",
            _error.ToString());
    }

    [Fact]
    public void Quiet_is_quiet()
    {
        ProgressLine line = Line(verbosity: Verbosity.Quiet);
        _clock.Seconds = 100;
        line.Report(MiB, MiB, 0, "t");
        line.Finish();
        Assert.Equal("", _error.ToString());
    }

    [Theory]
    [InlineData("plain — déjà vu", "plain — déjà vu")]
    [InlineData("\u001b[2J\u0007", "\\u001b[2J\\u0007")]
    [InlineData("name\nmodelpack: done", "name\\u000amodelpack: done")]
    [InlineData("\u009b31m\u202egpj\u2028\u2066", "\\u009b31m\\u202egpj\\u2028\\u2066")]
    public void Names_cannot_drive_the_terminal(string name, string shown)
    {
        Assert.Equal(shown, CommandTerminal.Printable(name));
        new CommandTerminal(TextWriter.Null, _error, Verbosity.Normal, false).Warn(name);
        Assert.Equal($"modelpack: warning: {shown}{Environment.NewLine}", _error.ToString());
    }

    /// <summary>A clock that a test sets.</summary>
    private sealed class Clock : TimeProvider
    {
        public double Seconds { get; set; }

        public override long TimestampFrequency => 1000;

        public override long GetTimestamp() => (long)(Seconds * 1000);
    }
}
