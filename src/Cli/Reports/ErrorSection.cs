using System.Globalization;
using ModelPack.Models.Architectures;
using ModelPack.Quantize.Weights;

namespace ModelPack.Cli.Reports;

/// <summary>The errors of each model's matrices: layers by kinds, and layers by experts.</summary>
internal static class ErrorSection
{
    /// <summary>Writes the section; nothing where no model's errors are known.</summary>
    public static void Write(HtmlText html, ReportData data)
    {
        ReportModel[] models = [.. data.Models.Where(static m => m.Errors is { Count: > 0 })];
        string[] others = [.. data.Models.Where(static m => m.Errors is null).Select(static m => m.Name)];
        if (data.Reference is null)
        {
            return;
        }

        html.Raw("<section><h2>Error of the weights</h2>\n");
        if (others.Length > 0)
        {
            html.Raw("<p class=\"soft\">").Text($"Not shown for {string.Join(", ", others)}: nothing tells the weights inside that ONNX graph apart (modelpack.json).").Raw("</p>\n");
        }

        if (models.Length > 0)
        {
            bool weighted = models.Any(static m => m.Errors!.Any(static e => e.Weighted));
            html.Raw("<p>").Text(
                "Root mean square of what quantization changed, relative to the weights themselves"
                + (weighted ? "; columns count by how strongly the text excited them, where that was seen." : ".")).Raw("</p>\n");
            HeatScale scale = new(models.SelectMany(static m => Kinds(m).SelectMany(static r => r.Values).Concat(Experts(m).SelectMany(static r => r.Values)))
                .OfType<double>());
            scale.WriteLegend(html, "relative error, from", HtmlText.Short);
            for (int i = 0; i < models.Length; i++)
            {
                html.Raw(i == 0 ? "<details open><summary>" : "<details><summary>").Text(models[i].Name).Raw("</summary>\n");
                Write(html, models[i], scale);
                html.Raw("</details>\n");
            }
        }

        html.Raw("</section>\n");
    }

    private static void Write(HtmlText html, ReportModel model, HeatScale scale)
    {
        TensorKind[] kinds = KindsOf(model);
        HeatTable.Write(html, "Every kind of matrix, layer by layer; experts of a layer together", [.. kinds.Select(NameOf)], Kinds(model), scale, HtmlText.Short);
        if (Experts(model) is { Count: > 0 } experts)
        {
            int most = experts.Max(static e => e.Values.Count);
            string[] columns = [.. Enumerable.Range(0, most).Select(static e => string.Create(CultureInfo.InvariantCulture, $"expert {e}"))];
            HeatTable.Write(html, "Every expert: gate, up and down together", columns, experts, scale, HtmlText.Short);
        }
    }

    private static TensorKind[] KindsOf(ReportModel model) => [.. model.Errors!.Select(static e => e.Role.Kind).Distinct().Order()];

    private static List<(string Layer, IReadOnlyList<double?> Values)> Kinds(ReportModel model)
    {
        TensorKind[] kinds = KindsOf(model);
        return
        [
            .. model.Errors!.GroupBy(static e => e.Role.Layer).OrderBy(static g => g.Key ?? -1).Select(layer => (
                layer.Key?.ToString(CultureInfo.InvariantCulture) ?? "–",
                (IReadOnlyList<double?>)[.. kinds.Select(k => layer.Any(e => e.Role.Kind == k) ? WeightError.Of(layer.Where(e => e.Role.Kind == k)) : (double?)null)])),
        ];
    }

    private static List<(string Layer, IReadOnlyList<double?> Values)> Experts(ReportModel model) =>
    [
        .. model.Errors!.Where(static e => e.Role.Expert is not null).GroupBy(static e => e.Role.Layer!.Value).OrderBy(static g => g.Key).Select(layer => (
            layer.Key.ToString(CultureInfo.InvariantCulture),
            (IReadOnlyList<double?>)[.. layer.GroupBy(static e => e.Role.Expert!.Value).OrderBy(static g => g.Key).Select(static g => (double?)WeightError.Of(g))])),
    ];

    // "attention.q", "experts.gate": the role's path without its layer and expert.
    private static string NameOf(TensorKind kind)
    {
        string path = new TensorRole(kind, TensorRole.IsInLayer(kind) ? 0 : null).ToString();
        return path.Replace("layers.0.", "", StringComparison.Ordinal).Replace("*.", "", StringComparison.Ordinal);
    }
}
