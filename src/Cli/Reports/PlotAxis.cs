namespace ModelPack.Cli.Reports;

/// <summary>An axis of a plot: from values to places in a picture, with round numbers to mark.</summary>
internal sealed class PlotAxis
{
    private readonly Func<double, double> _scale;
    private readonly double _first;
    private readonly double _last;
    private readonly double _start;
    private readonly double _end;

    private PlotAxis(Func<double, double> scale, double first, double last, double start, double end, IReadOnlyList<double> ticks)
    {
        (_scale, _first, _last, _start, _end, Ticks) = (scale, scale(first), scale(last), start, end, ticks);
    }

    /// <summary>Values to mark.</summary>
    public IReadOnlyList<double> Ticks { get; }

    /// <summary>An axis of even steps.</summary>
    /// <param name="values">What must fit.</param>
    /// <param name="start">Place of its beginning.</param>
    /// <param name="end">Place of its end.</param>
    public static PlotAxis Linear(IEnumerable<double> values, double start, double end)
    {
        (double least, double most) = Range(values);
        double margin = most > least ? 0.1 * (most - least) : Math.Max(Math.Abs(most) * 0.1, 1e-6);
        double step = RoundStep((most - least + (2 * margin)) / 5);
        double first = Math.Floor((least - margin) / step) * step;
        int count = (int)Math.Ceiling((most + margin - first) / step);
        return new(static v => v, first, first + (count * step), start, end, [.. Enumerable.Range(0, count + 1).Select(i => Clean(first + (i * step)))]);
    }

    /// <summary>An axis of even factors, for values above 0.</summary>
    /// <inheritdoc cref="Linear" path="/param"/>
    public static PlotAxis Logarithmic(IEnumerable<double> values, double start, double end)
    {
        (double least, double most) = Range(values);
        (double first, double last) = (least / 1.3, most * 1.3);
        List<double> ticks = [];
        for (int power = (int)Math.Floor(Math.Log10(first)); power <= (int)Math.Ceiling(Math.Log10(last)); power++)
        {
            double ten = Math.Pow(10, power);
            ticks.AddRange(new[] { Clean(ten), Clean(2 * ten), Clean(5 * ten) }.Where(t => t >= first && t <= last));
        }

        return new(Math.Log, first, last, start, end, ticks);
    }

    /// <summary>Place of a value.</summary>
    public double Place(double value) => _start + ((_scale(value) - _first) / (_last - _first) * (_end - _start));

    private static (double Least, double Most) Range(IEnumerable<double> values)
    {
        double[] all = [.. values];
        return (all.Min(), all.Max());
    }

    private static double RoundStep(double step)
    {
        double ten = Math.Pow(10, Math.Floor(Math.Log10(step)));
        return (step / ten) switch { <= 1 => 1, <= 2 => 2, <= 5 => 5, _ => 10 } * ten;
    }

    // 0.30000000000000004 is 0.3.
    private static double Clean(double value) => double.Parse(
        value.ToString("G10", System.Globalization.CultureInfo.InvariantCulture), System.Globalization.CultureInfo.InvariantCulture);
}
