using System.Globalization;

namespace ModelPack.Cli.Terminal;

/// <summary>Shows how far long work is: a bar that is redrawn in a terminal, elsewhere a full line every ten seconds.</summary>
/// <remarks>Safe to report to from many threads. The last line is always written, by <see cref="Finish"/>.</remarks>
/// <param name="terminal">Where to.</param>
/// <param name="verb">What is done: the line starts with it.</param>
/// <param name="clock">Tells the time.</param>
/// <param name="format">Spells amounts; null for bytes.</param>
internal sealed class ProgressLine(CommandTerminal terminal, string verb, TimeProvider clock, Func<long, string>? format = null)
{
    private static readonly TimeSpan RedrawInterval = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan LineInterval = TimeSpan.FromSeconds(10);

    private readonly Func<long, string> _format = format ?? ByteSize.Format;
    private readonly Lock _gate = new();
    private readonly long _start = clock.GetTimestamp();
    private long _lastShown = clock.GetTimestamp();
    private (long Done, long Total, long Before, string Item) _state;
    private long _shown = -1;
    private bool _drawn;

    /// <summary>Takes note of progress and shows it when it is time to.</summary>
    /// <param name="done">Amount done.</param>
    /// <param name="total">Amount in all.</param>
    /// <param name="before">Of those done, what took no time, for an earlier run did them.</param>
    /// <param name="item">What is being worked on.</param>
    public void Report(long done, long total, long before, string item)
    {
        if (terminal.Verbosity == Verbosity.Quiet)
        {
            return;
        }

        lock (_gate)
        {
            _state = (Math.Max(done, _state.Done), total, before, item);
            if (clock.GetElapsedTime(_lastShown) >= (terminal.Interactive ? RedrawInterval : LineInterval))
            {
                _lastShown = clock.GetTimestamp();
                Show();
            }
        }
    }

    /// <summary>Writes the last line, or clears the bar.</summary>
    public void Finish()
    {
        lock (_gate)
        {
            if (terminal.Verbosity == Verbosity.Quiet || _state.Total == 0)
            {
                return;
            }

            if (_drawn)
            {
                terminal.Error.Write("\r\u001b[2K");
            }
            else if (!terminal.Interactive && _shown < _state.Done)
            {
                Show();
            }
        }
    }

    private void Show()
    {
        (long done, long total, long before, string item) = _state;
        _shown = done;
        double seconds = clock.GetElapsedTime(_start).TotalSeconds;
        double rate = seconds > 0 ? (done - before) / seconds : 0;
        string left = rate > 0 && done < total ? $", {Duration((total - done) / rate)} left" : "";
        string numbers = string.Create(
            CultureInfo.InvariantCulture,
            $"{100.0 * done / Math.Max(1, total),5:F1} %  {_format(done)} of {_format(total)}  {_format((long)rate)}/s{left}");
        if (terminal.Interactive)
        {
            int filled = (int)(30 * done / Math.Max(1, total));
            terminal.Error.Write($"\r\u001b[2K{verb} [{new string('#', filled)}{new string('.', 30 - filled)}] {numbers}  {CommandTerminal.Printable(item)}");
            _drawn = true;
        }
        else
        {
            terminal.Error.WriteLine($"{verb}: {numbers}");
        }
    }

    private static string Duration(double seconds) =>
        seconds < 100 ? string.Create(CultureInfo.InvariantCulture, $"{seconds:F0} s")
        : seconds < 6000 ? string.Create(CultureInfo.InvariantCulture, $"{seconds / 60:F0} min")
        : string.Create(CultureInfo.InvariantCulture, $"{seconds / 3600:F1} h");
}
