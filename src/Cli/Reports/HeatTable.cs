namespace ModelPack.Cli.Reports;

/// <summary>Layers by columns as a table of colored cells: with numbers where they fit, else with the number as each cell's title.</summary>
internal static class HeatTable
{
    /// <summary>Columns up to which the numbers are written into the cells.</summary>
    public const int MostWritten = 16;

    /// <summary>Writes the table.</summary>
    /// <param name="html">Where to.</param>
    /// <param name="caption">What it shows.</param>
    /// <param name="columns">Heads of the columns.</param>
    /// <param name="rows">A layer's number and its values; null where there is none.</param>
    /// <param name="scale">Colors.</param>
    /// <param name="format">Spells a value.</param>
    public static void Write(
        HtmlText html,
        string caption,
        IReadOnlyList<string> columns,
        IEnumerable<(string Layer, IReadOnlyList<double?> Values)> rows,
        HeatScale scale,
        Func<double, string> format)
    {
        bool small = columns.Count > MostWritten;
        html.Raw($"<div class=\"scroll\"><table class=\"heat{(small ? " small" : "")}\"><caption>").Text(caption).Raw("</caption>\n<thead><tr><th scope=\"col\">layer</th>");
        for (int i = 0; i < columns.Count; i++)
        {
            // Every eighth expert is named where there are many; the cells' titles name them all.
            html.Raw("<th scope=\"col\">").Text(!small || i % 8 == 0 ? columns[i] : "").Raw("</th>");
        }

        html.Raw("</tr></thead>\n<tbody>\n");
        foreach ((string layer, IReadOnlyList<double?> values) in rows)
        {
            html.Raw("<tr><th scope=\"row\">").Text(layer).Raw("</th>");
            for (int i = 0; i < values.Count; i++)
            {
                Cell(html, values[i], small, $"layer {layer}, {columns[i]}", scale, format);
            }

            html.Raw("</tr>\n");
        }

        html.Raw("</tbody></table></div>\n");
    }

    private static void Cell(HtmlText html, double? value, bool small, string place, HeatScale scale, Func<double, string> format)
    {
        if (value is not { } number)
        {
            html.Raw("<td></td>");
            return;
        }

        string text = format(number);
        html.Raw($"<td class=\"h{scale.Step(number)}\" title=\"").Text($"{place}: {text}").Raw("\">");
        html.Raw(small ? "" : HtmlText.Escape(text)).Raw("</td>");
    }
}
