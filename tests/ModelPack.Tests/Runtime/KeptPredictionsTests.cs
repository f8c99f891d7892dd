using ModelPack.Runtime;
using ModelPack.Runtime.Evaluation;

namespace ModelPack.Tests.Runtime;

public sealed class KeptPredictionsTests
{
    [Theory]
    [InlineData(7, 1, 1)]
    [InlineData(256, 1, 1)]
    [InlineData(4096, 0.9, 1)]
    public void Divergences_are_those_of_whole_vocabularies_or_a_little_less(int vocabulary, double least, double most)
    {
        Random random = new(4);
        float[] logits = Logits(random, 3 * vocabulary);
        float[] changed = [.. logits.Select(l => l + (0.3f * (random.NextSingle() - 0.5f)))];
        int[][] windows = [[1, 2, 3]];
        KeptPredictions kept = new(vocabulary, windows, 3);
        kept.Keep(0, 0, logits);
        double[] divergences = kept.Divergences(sink =>
        {
            // A sink hears of a window in parts.
            sink(0, 0, changed.AsSpan(0, vocabulary));
            sink(0, 1, changed.AsSpan(vocabulary));
        });
        Assert.Equal(3, divergences.Length);
        for (int i = 0; i < 3; i++)
        {
            ReadOnlySpan<float> p = logits.AsSpan(i * vocabulary, vocabulary);
            ReadOnlySpan<float> q = changed.AsSpan(i * vocabulary, vocabulary);
            double whole = LogitRow.Divergence(p, LogitRow.LogSumExp(p), q, LogitRow.LogSumExp(q));
            Assert.InRange(divergences[i], (least * whole) - 1e-9, (most * whole) + 1e-9);
        }
    }

    [Fact]
    public void Positions_are_spread_over_all_windows_and_the_same_model_does_not_diverge()
    {
        Random random = new(5);
        int[][] windows = [new int[10], new int[10]];
        float[][] logits = [Logits(random, 10 * 300), Logits(random, 10 * 300)];
        KeptPredictions kept = new(300, windows, 4);
        kept.Keep(0, 0, logits[0]);
        kept.Keep(1, 0, logits[1]);
        Assert.Equal(4, kept.Count);
        Assert.All(
            kept.Divergences(sink =>
            {
                sink(0, 0, logits[0]);
                sink(1, 0, logits[1]);
            }),
            static d => Assert.InRange(d, 0, 1e-12));
    }

    // A few likely tokens and a long tail, as language has.
    private static float[] Logits(Random random, int count) => [.. Enumerable.Range(0, count).Select(_ => 12 * MathF.Pow(random.NextSingle(), 4))];
}
