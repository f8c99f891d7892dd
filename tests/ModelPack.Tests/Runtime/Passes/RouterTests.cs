using ModelPack.Models.Architectures;
using ModelPack.Runtime.Passes;

namespace ModelPack.Tests.Runtime.Passes;

public sealed class RouterTests
{
    [Fact]
    public void Softmax_weights_are_shares_of_all_experts_or_of_the_chosen()
    {
        double sum = Math.Exp(1) + Math.Exp(3) + Math.Exp(2) + Math.Exp(0);
        (int[] chosen, float[] gates) = Choose(new(RouterScoring.Softmax, false, null, false, 1), [], [1, 3, 2, 0], 2);
        Assert.Equal([1, 2], chosen);
        AssertNear([Math.Exp(3) / sum, Math.Exp(2) / sum], gates);
        (chosen, gates) = Choose(new(RouterScoring.Softmax, false, null, true, 1.5), [], [1, 3, 2, 0], 2);
        Assert.Equal([1, 2], chosen);
        AssertNear([1.5 * Math.Exp(1) / (1 + Math.Exp(1)), 1.5 / (1 + Math.Exp(1))], gates);
    }

    [Fact]
    public void A_bias_chooses_but_does_not_weight()
    {
        (int[] chosen, float[] gates) = Choose(new(RouterScoring.Sigmoid, true, null, false, 2), [0, 0, 0, 9], [1, 3, 2, 0], 2);
        Assert.Equal([3, 1], chosen);
        AssertNear([2 * 0.5, 2 / (1 + Math.Exp(-3))], gates);
    }

    [Theory]
    [InlineData(true, new[] { 3, 2 })]
    [InlineData(false, new[] { 0, 1 })]
    public void Only_the_best_groups_are_used(bool bestTwo, int[] expected)
    {
        // The best expert is in the first group, the best two are in the second.
        (int[] chosen, _) = Choose(new(RouterScoring.Sigmoid, false, new(2, 1, bestTwo), true, 1), [], [2, -5, 1.5f, 1.9f], 2);
        Assert.Equal(expected, chosen);
    }

    [Fact]
    public void Of_equal_scores_the_first_wins()
    {
        (int[] chosen, float[] gates) = Choose(new(RouterScoring.Softmax, false, null, true, 1), [], [0, 7, 7, 7, 7], 3);
        Assert.Equal([1, 2, 3], chosen);
        AssertNear([1 / 3d, 1 / 3d, 1 / 3d], gates);
    }

    [Theory]
    [InlineData(RouterScoring.Softmax)]
    [InlineData(RouterScoring.Sigmoid)]
    public void Logits_that_are_no_numbers_still_choose_different_experts(RouterScoring scoring)
    {
        foreach (float[] logits in (float[][])[[float.NaN, 1, float.NaN, 2], [float.NaN, float.NaN, float.NaN, float.NaN], [float.PositiveInfinity, 0, float.NegativeInfinity, 0]])
        {
            (int[] chosen, _) = Choose(new(scoring, false, new(2, 1, true), true, 1), [], logits, 2);
            Assert.Equal(2, chosen.Distinct().Count());
        }
    }

    private static (int[] Chosen, float[] Gates) Choose(RouterSpec spec, float[] bias, float[] logits, int active)
    {
        int[] chosen = new int[active];
        float[] gates = new float[active];
        Router router = new(new(logits.Length, active, 8, 0, 0, spec), bias);
        router.Choose([.. logits], new float[logits.Length], chosen, gates);
        return (chosen, gates);
    }

    private static void AssertNear(double[] expected, float[] actual)
    {
        Assert.Equal(expected.Length, actual.Length);
        Assert.All(expected.Zip(actual), static p => Assert.Equal(p.First, p.Second, 1e-6));
    }
}
