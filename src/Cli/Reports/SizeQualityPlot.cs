using System.Globalization;

namespace ModelPack.Cli.Reports;

/// <summary>Size against quality of several models, one point each, as an SVG picture.</summary>
internal static class SizeQualityPlot
{
    private const double Width = 760;
    private const double Height = 360;
    private const double Left = 90;
    private const double Right = 30;
    private const double Top = 20;
    private const double Bottom = 50;

    /// <summary>Writes the plot: mean divergence where there is a reference, else perplexity.</summary>
    public static void Write(HtmlText html, IReadOnlyList<ReportModel> models)
    {
        bool compared = models.All(static m => m.Quality.Divergence is not null);
        (ReportModel Model, double X, double Y)[] points =
            [.. models.Select(m => (m, m.Bytes / (double)(1 << 20), compared ? m.Quality.Divergence!.Mean : m.Quality.Perplexity))];
        PlotAxis x = PlotAxis.Linear(points.Select(static p => p.X), Left, Width - Right);
        PlotAxis y = compared && points.All(static p => p.Y > 0)
            ? PlotAxis.Logarithmic(points.Select(static p => p.Y), Height - Bottom, Top)
            : PlotAxis.Linear(points.Select(static p => p.Y), Height - Bottom, Top);
        string quality = compared ? "mean KL divergence (nats), lower is better" : "perplexity, lower is better";
        html.Raw($"<svg viewBox=\"0 0 {Width} {Height}\" role=\"img\" aria-label=\"Size against {quality}\">\n");
        foreach (double tick in x.Ticks)
        {
            html.Raw($"<line class=\"grid\" x1=\"{At(x, tick)}\" x2=\"{At(x, tick)}\" y1=\"{Top}\" y2=\"{Height - Bottom}\"/>");
            html.Raw($"<text class=\"tick\" x=\"{At(x, tick)}\" y=\"{Height - Bottom + 18}\" text-anchor=\"middle\">{HtmlText.Round(tick)}</text>\n");
        }

        foreach (double tick in y.Ticks)
        {
            html.Raw($"<line class=\"grid\" x1=\"{Left}\" x2=\"{Width - Right}\" y1=\"{At(y, tick)}\" y2=\"{At(y, tick)}\"/>");
            html.Raw($"<text class=\"tick\" x=\"{Left - 8}\" y=\"{At(y, tick)}\" dy=\"0.35em\" text-anchor=\"end\">{HtmlText.Round(tick)}</text>\n");
        }

        html.Raw($"<text class=\"axis\" x=\"{(Left + Width - Right) / 2}\" y=\"{Height - 10}\" text-anchor=\"middle\">size (MiB)</text>\n");
        html.Raw($"<text class=\"axis\" transform=\"translate(16 {(Top + Height - Bottom) / 2}) rotate(-90)\" text-anchor=\"middle\">{quality}</text>\n");
        WritePoints(html, points, x, y);
        html.Raw("</svg>\n");
    }

    private static void WritePoints(HtmlText html, (ReportModel Model, double X, double Y)[] points, PlotAxis x, PlotAxis y)
    {
        List<(double Left, double Top)> labels = [];
        foreach ((ReportModel model, double size, double quality) in points.OrderBy(static p => p.Y).ThenBy(static p => p.X))
        {
            double across = x.Place(size);
            double down = y.Place(quality);
            bool left = across > Width * 0.7;

            // A label moves down until it covers no other.
            double text = down;
            while (labels.Any(l => Math.Abs(l.Top - text) < 16 && Math.Abs(l.Left - across) < 160))
            {
                text += 16;
            }

            labels.Add((across, text));
            html.Raw($"<circle class=\"point\" cx=\"{Number(across)}\" cy=\"{Number(down)}\" r=\"5\"><title>").Text(Say(model, size, quality)).Raw("</title></circle>");
            html.Raw($"<text class=\"name\" x=\"{Number(across + (left ? -10 : 10))}\" y=\"{Number(text)}\" dy=\"0.35em\" text-anchor=\"{(left ? "end" : "start")}\">")
                .Text(model.Name).Raw("</text>\n");
        }
    }

    private static string Say(ReportModel model, double size, double quality) =>
        string.Create(CultureInfo.InvariantCulture, $"{model.Name}: {size:F2} MiB, {HtmlText.Short(quality)}");

    private static string At(PlotAxis axis, double value) => Number(axis.Place(value));

    private static string Number(double value) => value.ToString("0.#", CultureInfo.InvariantCulture);
}
