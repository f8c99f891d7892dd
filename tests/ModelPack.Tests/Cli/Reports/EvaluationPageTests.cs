using ModelPack.Cli.Reports;
using ModelPack.Models.Architectures;
using ModelPack.Quantize.Calibration;
using ModelPack.Quantize.Weights;
using ModelPack.Runtime.Evaluation;
using ModelPack.Tests.Support;

namespace ModelPack.Tests.Cli.Reports;

public sealed class EvaluationPageTests
{
    [Fact]
    public void A_small_report_is_stable() => Snapshot.Match(EvaluationPage.Create(Data(experts: 3)), extension: "html");

    [Fact]
    public void Where_there_are_many_experts_the_numbers_stand_in_the_titles()
    {
        string page = EvaluationPage.Create(Data(experts: 128));
        Assert.Contains("title=\"layer 1, expert 127: ", page);
        Assert.Contains("<table class=\"heat small\">", page);
        Assert.Contains("1 of 256 experts saw no token", page);
    }

    [Fact]
    public void Without_a_reference_there_is_perplexity_only()
    {
        ReportData data = Data(experts: 3);
        string page = EvaluationPage.Create(data with
        {
            Reference = null,
            Models = [.. data.Models.Select(static m => m with { Errors = null, Quality = m.Quality with { Divergence = null } })],
            Experts = [],
        });
        Assert.Contains("perplexity, lower is better", page);
        Assert.DoesNotContain("KLD", page);
        Assert.DoesNotContain("Error of the weights", page);
        Assert.DoesNotContain("Tokens of each expert", page);
    }

    [Fact]
    public void Names_of_files_never_become_markup()
    {
        ReportData data = Data(experts: 3);
        ReportModel evil = data.Models[0] with { Name = "<script>alert('1')</script>\u202e\"&" };
        string page = EvaluationPage.Create(data with { Models = [evil, data.Models[1]], Texts = ["</p><b>"] });
        Assert.DoesNotContain("<script", page);
        Assert.DoesNotContain("</p><b>", page);
        Assert.DoesNotContain('\u202e', page);
        Assert.Contains("&lt;script&gt;alert(&#39;1&#39;)&lt;/script&gt;\\u202e&quot;&amp;", page);
    }

    [Fact]
    public void Nothing_is_loaded_from_anywhere()
    {
        string page = EvaluationPage.Create(Data(experts: 3));
        Assert.Contains("default-src 'none'", page);
        Assert.DoesNotMatch("(?i)https?:|url\\(|@import|<script|<link|<img|<iframe", page);
    }

    [Theory]
    [InlineData(0, "0")]
    [InlineData(0.0000012, "1.2e-6")]
    [InlineData(0.00001, "0.0000100")]
    [InlineData(0.00949, "0.00949")]
    [InlineData(0.1, "0.100")]
    [InlineData(0.5, "0.500")]
    [InlineData(1.2345, "1.23")]
    [InlineData(44.75, "44.8")]
    [InlineData(1234.4, "1234")]
    public void Numbers_have_three_digits(double value, string text) => Assert.Equal(text, HtmlText.Short(value));

    [Theory]
    [InlineData(new[] { 1.0, 10, 100 }, new[] { 0, 4, 8 })]
    [InlineData(new[] { 5.0 }, new[] { 0 })]
    [InlineData(new[] { 0.0, 2.0, 4.0 }, new[] { 0, 0, 8 })]
    [InlineData(new[] { 0.0 }, new[] { 0 })]
    public void Colors_are_even_over_the_logarithms(double[] values, int[] steps) =>
        Assert.Equal(steps, values.Select(new HeatScale(values).Step));

    [Theory]
    [InlineData(new[] { 2.46, 5.94 }, new[] { 2.0, 3, 4, 5, 6, 7 })]
    [InlineData(new[] { 100.0 }, new[] { 90.0, 95, 100, 105, 110 })]
    public void Ticks_of_an_axis_are_round(double[] values, double[] ticks) => Assert.Equal(ticks, PlotAxis.Linear(values, 0, 1).Ticks);

    [Fact]
    public void A_logarithmic_axis_has_one_two_and_five()
    {
        PlotAxis axis = PlotAxis.Logarithmic([0.0005, 0.08], 100, 0);
        Assert.Equal([0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1], axis.Ticks);
        Assert.InRange(axis.Place(0.0005), 90, 100);
        Assert.InRange(axis.Place(0.08), 0, 10);
    }

    internal static ReportData Data(int experts)
    {
        ReportModel Model(string name, long bytes, double loss) => new(
            name,
            bytes,
            8.0 * bytes / (1 << 20),
            new(1000, 44 + loss, 1.5, new(loss, loss / 2, loss * 9, loss * 40, 1 - loss)),
            [
                new(new(TensorKind.Embedding), loss * loss, 4, false),
                .. Enumerable.Range(0, 2).SelectMany(layer => new WeightError[]
                {
                    new(new(TensorKind.AttentionQuery, layer), loss * loss, 1 + layer, true),
                    new(new(TensorKind.Router, layer), 0, 1, true),
                }),
                .. Enumerable.Range(0, 2).SelectMany(layer => Enumerable.Range(0, experts).Select(expert =>
                    new WeightError(new(TensorKind.ExpertDown, layer, expert), loss * loss * (1 + expert), 1 + layer, true))),
            ]);
        return new(
            ["novel.txt"],
            4,
            512,
            "cpu: as asked",
            new("whole", 2 << 20, 16, new(1000, 44, 1.5, null), null),
            [Model("q4_k_m", 300_000, 0.02), Model("q8_0", 600_000, 0.001), Model("onnx", 400_000, 0.03) with { Errors = null }],
            [new(0, [.. Enumerable.Range(0, experts).Select(static e => 100L * e)]), new(1, [.. Enumerable.Range(1, experts).Select(static e => 70L * e)])]);
    }
}
