using ModelPack.Models.Architectures;
using ModelPack.Quantize.Calibration;
using ModelPack.Runtime.Passes;

namespace ModelPack.Tests.Runtime.Passes;

public sealed class PassPlanTests
{
    private static readonly DecoderSpec Spec = MadeUpWeights.Specs["experts by softmax, not normalized"];

    [Fact]
    public void Batches_are_neighbors_of_one_length_and_lose_no_token()
    {
        int[][] windows = [.. ((int[])[4, 4, 4, 0, 4, 7, 7, 20, 4]).Select(static n => new int[n])];
        IReadOnlyList<TokenBatch> batches = TokenBatch.Of(windows, mostRows: 10);
        Assert.Equal([(0, 2, 4), (2, 1, 4), (4, 1, 4), (5, 1, 7), (6, 1, 7), (7, 1, 20), (8, 1, 4)], batches.Select(static b => (b.FirstWindow, b.Windows, b.Length)));
        Assert.Equal([0, 8, 12, 16, 23, 30, 50], batches.Select(static b => b.FirstRow));
        Assert.Equal(windows.Sum(static w => w.Length), batches.Sum(static b => b.Rows));
    }

    [Theory]
    [InlineData(1L << 30, 1)]
    [InlineData(1L << 16, 3)]
    [InlineData(1, 6)]
    public void Groups_of_experts_are_as_large_as_memory_allows(long budget, int least)
    {
        PassPlan plan = new(Spec, [new int[100]], static _ => true, false, budget);
        Range[] groups = [.. plan.Groups(Spec.Experts!, static _ => 33)];
        Assert.InRange(groups.Length, least, 6);
        Assert.Equal(Enumerable.Range(0, 6), groups.SelectMany(static g => Enumerable.Range(g.Start.Value, g.End.Value - g.Start.Value)));
    }

    [Fact]
    public void An_expert_with_too_many_tokens_is_a_group_of_its_own()
    {
        int[][] windows = [.. Enumerable.Range(0, 100).Select(static _ => new int[500])];
        PassPlan plan = new(Spec, windows, static _ => true, false, 1 << 20);
        Assert.Equal(1 << 17, plan.InnerRoom);
        Assert.Equal([0..2, 2..3, 3..6], plan.Groups(Spec.Experts!, static e => e == 2 ? 50_000 : 1));
        Assert.True(plan.MaySpill);
        Assert.False(new PassPlan(Spec, [new int[100]], static _ => true, false, 1L << 30).MaySpill);
        Assert.Equal(0, new PassPlan(Spec, windows, static p => p != LinearPlace.ExpertInner, false, 1 << 20).InnerRoom);
    }

    [Fact]
    public void A_smaller_budget_needs_less_memory_and_more_files()
    {
        int[][] windows = [.. Enumerable.Range(0, 200).Select(static _ => new int[512])];
        PassPlan[] plans = [.. ((long[])[1L << 32, 1L << 26, 1L << 22]).Select(b => new PassPlan(Spec, windows, static _ => true, true, b))];
        Assert.Equal(plans.Select(static p => p.Estimate.PeakBytes).OrderDescending(), plans.Select(static p => p.Estimate.PeakBytes));
        Assert.Equal(plans.Select(static p => p.SpilledBytes).Order(), plans.Select(static p => p.SpilledBytes));
        Assert.Empty(plans[0].Spilled);
        Assert.Contains(PassStore.Residual, plans[2].Spilled);
    }

    [Theory]
    [InlineData(512, 1L << 32, 256)]
    [InlineData(100, 1L << 32, 100)]
    [InlineData(131072, 1L << 32, 64)]
    [InlineData(131072, 1, 16)]
    public void A_long_window_attends_with_fewer_queries_at_once(int length, long budget, int expected)
    {
        DecoderSpec spec = Spec with { Layers = [Spec.Layers[0] with { Attention = new AttentionSpec.Grouped(2, 2, 16, QueryKeyNorm.None, false, false, null) }] };
        PassPlan plan = new(spec, [new int[length]], static _ => false, false, budget);
        Assert.Equal(expected, plan.Queries);
    }
}
