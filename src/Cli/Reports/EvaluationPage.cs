using System.Globalization;
using ModelPack.Quantize.Calibration;

namespace ModelPack.Cli.Reports;

/// <summary>The report of an evaluation: one HTML file that needs nothing else, neither a network nor scripts.</summary>
internal static class EvaluationPage
{
    /// <summary>The page; the same data give the same text.</summary>
    public static string Create(ReportData data)
    {
        HtmlText html = new();
        string title = $"Evaluation of {data.Models[0].Name}";
        html.Raw("<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\n");
        html.Raw("<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n");
        html.Raw("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>").Text(title).Raw("</title>\n");
        html.Raw("<style>\n").Raw(ReportStyle.Css).Raw("\n</style></head>\n<body>\n<h1>").Text(title).Raw("</h1>\n");
        html.Raw("<p class=\"soft\">").Text(string.Create(
            CultureInfo.InvariantCulture,
            $"{data.Models[0].Quality.Tokens} scored tokens in {data.Windows} windows of {data.Context} of {string.Join(", ", data.Texts)}; on {data.Device}")).Raw("</p>\n");
        WriteTable(html, data);
        WritePlot(html, data);
        WriteExperts(html, data.Experts);
        ErrorSection.Write(html, data);
        return html.Raw("</body></html>\n").ToString();
    }

    private static void WriteTable(HtmlText html, ReportData data)
    {
        bool compared = data.Reference is not null;
        html.Raw("<section><h2>Quality</h2>\n<div class=\"scroll\"><table class=\"facts\"><thead><tr><th scope=\"col\">model</th><th scope=\"col\">size</th>");
        html.Raw("<th scope=\"col\">bits per weight</th><th scope=\"col\">perplexity</th>");
        html.Raw(compared ? "<th scope=\"col\">mean KLD</th><th scope=\"col\">p99 KLD</th><th scope=\"col\">largest KLD</th><th scope=\"col\">same top token</th>" : "");
        html.Raw("</tr></thead>\n<tbody>\n");
        if (data.Reference is { } reference)
        {
            WriteRow(html, reference, $"{reference.Name} (reference)", compared);
        }

        foreach (ReportModel model in data.Models)
        {
            WriteRow(html, model, model.Name, compared);
        }

        html.Raw("</tbody></table></div>\n");
        html.Raw(compared
            ? "<p class=\"soft\">KLD: Kullback-Leibler divergence of the predictions from the reference's, in nats a token. Same top token: both find the same token likeliest.</p>"
            : "").Raw("</section>\n");
    }

    private static void WriteRow(HtmlText html, ReportModel model, string name, bool compared)
    {
        html.Raw("<tr><th scope=\"row\">").Text(name).Raw("</th><td>").Text(ByteSize.Format(model.Bytes));
        html.Raw($"</td><td>{model.BitsPerWeight:F2}</td><td>{model.Quality.Perplexity:F3} <span class=\"soft\">± {model.Quality.PerplexityError:F3}</span></td>");
        if (model.Quality.Divergence is { } d)
        {
            html.Raw($"<td>{HtmlText.Short(d.Mean)}</td><td>{HtmlText.Short(d.P99)}</td><td>{HtmlText.Short(d.Max)}</td><td>{100 * d.TopTokenAgreement:F2} %</td>");
        }
        else if (compared)
        {
            html.Raw("<td></td><td></td><td></td><td></td>");
        }

        html.Raw("</tr>\n");
    }

    // Without a divergence, the reference's perplexity is one point more.
    private static void WritePlot(HtmlText html, ReportData data)
    {
        if (data.Models.Count > 1)
        {
            html.Raw("<section><h2>Size against quality</h2>\n");
            SizeQualityPlot.Write(html, data.Models);
            html.Raw("</section>\n");
        }
    }

    private static void WriteExperts(HtmlText html, IReadOnlyList<ExpertTokens> experts)
    {
        if (experts.Count == 0)
        {
            return;
        }

        html.Raw("<section><h2>Tokens of each expert</h2>\n<p>How many tokens of the text the router sent where.</p>\n");
        HeatScale scale = new(experts.SelectMany(static e => e.Tokens).Select(static t => (double)t));
        scale.WriteLegend(html, "tokens, from", Whole);
        string[] columns = [.. Enumerable.Range(0, experts.Max(static e => e.Tokens.Count)).Select(static e => string.Create(CultureInfo.InvariantCulture, $"expert {e}"))];
        HeatTable.Write(
            html,
            $"{experts.Sum(static e => e.Below(1))} of {experts.Sum(static e => e.Tokens.Count)} experts saw no token",
            columns,
            experts.Select(static e => (e.Layer.ToString(CultureInfo.InvariantCulture), (IReadOnlyList<double?>)[.. e.Tokens.Select(static t => (double?)t)])),
            scale,
            Whole);
        html.Raw("</section>\n");
    }

    private static string Whole(double tokens) => tokens.ToString("F0", CultureInfo.InvariantCulture);
}
