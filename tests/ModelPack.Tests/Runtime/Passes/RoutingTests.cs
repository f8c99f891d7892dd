using ModelPack.Runtime.Passes;

namespace ModelPack.Tests.Runtime.Passes;

public sealed class RoutingTests
{
    [Fact]
    public void Tokens_are_sorted_by_expert_with_their_weights()
    {
        Routing routing = new(3, 4, 2);
        int[][] chosen = [[3, 0], [0, 1], [3, 1]];
        for (int t = 0; t < 3; t++)
        {
            chosen[t].CopyTo(routing.Chosen(t));
            new float[] { t + 0.1f, t + 0.2f }.CopyTo(routing.Gates(t));
        }

        routing.Sort();
        Assert.Equal([0, 1], routing.Of(0).Tokens.ToArray());
        Assert.Equal([0.2f, 1.1f], routing.Of(0).Gates.ToArray());
        Assert.Equal([1, 2], routing.Of(1).Tokens.ToArray());
        Assert.Equal(0, routing.Of(2).Count);
        Assert.Equal([0, 2], routing.Of(3).Tokens.ToArray());
        Assert.Equal([0.1f, 2.1f], routing.Of(3).Gates.ToArray());
    }

    [Theory]
    [InlineData(0, new int[0])]
    [InlineData(1, new[] { 1 })]
    [InlineData(3, new[] { 3 })]
    [InlineData(4, new[] { 3, 1 })]
    [InlineData(7, new[] { 3, 3, 1 })]
    public void Tokens_are_cut_into_runs(int count, int[] expected)
    {
        RoutedTokens tokens = new(Enumerable.Range(5, count).ToArray(), new float[count]);
        RoutedTokens[] runs = [.. tokens.Cut(3)];
        Assert.Equal(expected, runs.Select(static r => r.Count));
        Assert.Equal(tokens.Tokens.ToArray(), runs.SelectMany(static r => r.Tokens.ToArray()));
        Assert.All(runs, static r => Assert.Equal(r.Count, r.Gates.Length));
    }

    [Fact]
    public void The_best_near_misses_are_kept_and_the_chosen_are_none()
    {
        NearMisses misses = new();
        Assert.True(misses.Empty);
        misses.Want(1, 2);
        misses.Want(2, 9);
        Assert.False(misses.Empty);
        float[][] scores = [[0, 0.5f, 0], [0, 0.9f, 0], [0, 0.5f, float.NaN], [0, 0.7f, 0.1f]];
        for (int t = 0; t < scores.Length; t++)
        {
            misses.See(t, scores[t], t == 1 ? [1] : [0]);
        }

        Assert.Equal([0, 3], misses.Of(1).Tokens.ToArray());
        Assert.Equal([0.5f, 0.7f], misses.Of(1).Gates.ToArray());
        Assert.Equal([0, 1, 3], misses.Of(2).Tokens.ToArray());
        Assert.Equal(0, misses.Of(0).Count);
    }
}
