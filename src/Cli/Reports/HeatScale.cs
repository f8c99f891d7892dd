namespace ModelPack.Cli.Reports;

/// <summary>From a number to one of the steps of color that the page's style has, evenly over the logarithms.</summary>
internal sealed class HeatScale
{
    /// <summary>Steps: the classes h0 to h8.</summary>
    public const int Steps = 9;

    private readonly double _least;
    private readonly double _most;

    /// <param name="values">What is shown; zeros take the first step.</param>
    public HeatScale(IEnumerable<double> values)
    {
        double[] positive = [.. values.Where(static v => v > 0)];
        (_least, _most) = positive.Length == 0 ? (1, 1) : (positive.Min(), positive.Max());
    }

    /// <summary>The step of a number.</summary>
    public int Step(double value) => value <= _least ? 0
        : value >= _most ? Steps - 1
        : (int)(Math.Log(value / _least) / Math.Log(_most / _least) * Steps);

    /// <summary>The legend: every step with the number it starts at.</summary>
    public void WriteLegend(HtmlText html, string label, Func<double, string> format)
    {
        html.Raw("<p class=\"legend\"><span>").Text(label).Raw("</span>");
        for (int step = 0; step < Steps; step++)
        {
            double start = _least * Math.Pow(_most / _least, step / (double)Steps);
            html.Raw($"<span class=\"h{step}\">{HtmlText.Escape(format(start))}</span>");
            if (_most <= _least)
            {
                break;
            }
        }

        html.Raw("</p>\n");
    }
}
