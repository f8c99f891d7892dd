using ModelPack.Models;
using ModelPack.Quantize.Calibration;
using ModelPack.Runtime.Evaluation;
using ModelPack.Tests.Support;

namespace ModelPack.Tests.Runtime.Evaluation;

public sealed class ModelEvaluationTests : IDisposable
{
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_model_that_knows_nothing_is_as_perplexed_as_its_vocabulary_is_large()
    {
        EvaluationResult result = Evaluation(20, 7).Run(null, [Model("a", 7, static (_, _) => 0)], null, TestContext.Current.CancellationToken);
        ModelQuality quality = Assert.Single(result.Models);
        Assert.Equal(7, quality.Perplexity, 10);
        Assert.Equal(0, quality.PerplexityError, 6);
        Assert.Null(quality.Divergence);
        Assert.Null(result.Reference);

        // Two windows of 10; positions 5 to 8 of each.
        Assert.Equal(8, quality.Tokens);
    }

    [Fact]
    public void Only_the_second_half_of_each_window_counts()
    {
        // Knows that the token after t is t + 1 from 5 on, and is wrong before; windows are 0 to 9 and 10 to 19.
        EvaluationResult result = Evaluation(20).Run(
            null, [Model("a", 30, static (token, next) => next == (token % 10 >= 5 ? token + 1 : 0) ? 100 : 0)], null, TestContext.Current.CancellationToken);
        Assert.Equal(1, result.Models[0].Perplexity, 10);
    }

    [Fact]
    public void A_model_that_is_the_reference_does_not_diverge_from_it()
    {
        EvaluatedModel model = Model("a", 50, static (token, next) => (token * 7 % 11) - (next * 3 % 5));
        EvaluationResult result = Evaluation(40).Run(model, [model], null, TestContext.Current.CancellationToken);
        Assert.Equal(new ModelDivergence(0, 0, 0, 0, 1), result.Models[0].Divergence);
        Assert.Equal(result.Reference!.Perplexity, result.Models[0].Perplexity);
    }

    [Theory]
    [InlineData(1L << 30, 1)]
    [InlineData(1L, 4)]
    [InlineData(2L * 4 * 50 * sizeof(float), 2)]
    public void What_does_not_fit_the_file_is_done_in_batches_with_the_same_result(long bytes, int batches)
    {
        FakeLogits reference = new(50, static (token, next) => token == next ? 3 : 0);
        FakeLogits model = new(50, static (token, next) => token + 1 == next ? 2 : 0, piece: 4);
        ImportanceCollector seen = new();
        EvaluationResult result = (Evaluation(40) with { SpillBytes = bytes, Seen = seen }).Run(
            new("r", () => reference), [new("m", () => model)], null, TestContext.Current.CancellationToken);
        Assert.Equal((batches, batches), (reference.Runs, model.Runs));
        Assert.True(reference.Closed && model.Closed);
        Assert.Equal(16, result.Models[0].Tokens);

        // Softmax with one logit of 3, and one of 2, among 49 zeros.
        double p = Math.Exp(3) / (Math.Exp(3) + 49);
        double sumP = Math.Log(Math.Exp(3) + 49);
        double sumQ = Math.Log(Math.Exp(2) + 49);
        double other = 1 / (Math.Exp(3) + 49);
        double expected = (p * (3 - sumP + sumQ)) + (other * (-sumP - 2 + sumQ)) + (48 * other * (sumQ - sumP));
        Assert.Equal(expected, result.Models[0].Divergence!.Mean, 6);
        Assert.Equal(expected, result.Models[0].Divergence!.P99, 6);
        Assert.Equal(0, result.Models[0].Divergence!.TopTokenAgreement);
        Assert.Equal(Math.Exp(sumQ - 2), result.Models[0].Perplexity, 6);
        Assert.Equal(Math.Exp(sumP), result.Reference!.Perplexity, 6);
        Assert.Equal(4, Assert.Single(seen.Tallies).Rows);
        Assert.Empty(Directory.GetFiles(_folder.Path));
    }

    [Fact]
    public void The_percentile_lies_between_two_values_as_in_llama_perplexity()
    {
        TokenScore[] scores = [.. Enumerable.Range(0, 101).Reverse().Select(static i => new TokenScore(1, i, i % 2 == 0))];
        ModelDivergence divergence = ModelQuality.Of(scores, compared: true).Divergence!;
        Assert.Equal((50.0, 50.0, 99.0, 100.0), (divergence.Mean, divergence.Median, divergence.P99, divergence.Max));
        Assert.Equal(51 / 101.0, divergence.TopTokenAgreement);
        Assert.Equal(98.01, ModelQuality.Of(scores[1..], compared: true).Divergence!.P99, 10);
    }

    [Fact]
    public void Vocabularies_of_different_size_are_refused()
    {
        ModelPackException fault = Assert.Throws<ModelPackException>(() => Evaluation(20).Run(
            Model("whole", 30, static (_, _) => 0), [Model("cut", 31, static (_, _) => 0)], null, TestContext.Current.CancellationToken));
        Assert.Equal("cut: 31 tokens in the vocabulary; expected the 30 of whole, with which it is compared", fault.Message);
    }

    [Theory]
    [InlineData(float.NaN)]
    [InlineData(float.PositiveInfinity)]
    public void Logits_that_are_not_finite_are_named_with_their_place(float value)
    {
        ModelPackException fault = Assert.Throws<ModelPackException>(() => Evaluation(20).Run(
            null, [Model("broken", 30, (token, next) => token == 17 && next == 3 ? value : 0)], null, TestContext.Current.CancellationToken));
        Assert.Equal("broken: the logits of window 1, position 7 are not finite; the model's weights are damaged", fault.Message);
    }

    [Fact]
    public void Progress_counts_the_tokens_of_every_model()
    {
        List<EvaluationProgress> reports = [];
        Evaluation(20).Run(
            Model("r", 30, static (_, _) => 0), [Model("a", 30, static (_, _) => 0), Model("b", 30, static (_, _) => 0)],
            new Recorder(reports), TestContext.Current.CancellationToken);
        Assert.Equal([10L, 20, 30, 40, 50, 60], reports.Select(static r => r.TokensDone));
        Assert.All(reports, static r => Assert.Equal(60, r.Tokens));
        Assert.Equal(["r", "r", "a", "a", "b", "b"], reports.Select(static r => r.Model));
    }

    private ModelEvaluation Evaluation(int tokens, int vocabulary = 50) => new()
    {
        Windows = TokenWindows.Cut([.. Enumerable.Range(0, tokens).Select(t => t % vocabulary)], 10, null),
        SpillFolder = _folder.Path,
    };

    private static EvaluatedModel Model(string name, int vocabulary, Func<int, int, float> logit) => new(name, () => new FakeLogits(vocabulary, logit));

    private sealed class Recorder(List<EvaluationProgress> reports) : IProgress<EvaluationProgress>
    {
        public void Report(EvaluationProgress value) => reports.Add(value);
    }
}
