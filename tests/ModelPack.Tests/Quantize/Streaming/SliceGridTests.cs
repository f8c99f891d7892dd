using ModelPack.Models.Gguf;
using ModelPack.Quantize.Mixtures;
using ModelPack.Quantize.Plans;
using ModelPack.Quantize.Streaming;
using ModelPack.Tests.Support;

namespace ModelPack.Tests.Quantize.Streaming;

public sealed class SliceGridTests
{
    private static PlannedTensor Tensor(long rows, int columns, int granularity = 1) => new(
        "t",
        [columns, rows],
        new FakeSource(rows, columns, granularity: granularity),
        [],
        GgmlType.F32,
        new(GgmlType.F32, TypeReason.Kept),
        default,
        0,
        0,
        0);

    [Theory]
    [InlineData(1, 1, 1, 1, 1)]
    [InlineData(1, 2_000_000, 1, 1, 1)]
    [InlineData(3, 2_000_000, 1, 3, 1)]
    [InlineData(511, 1024, 1, 1, 511)]
    [InlineData(512, 1024, 1, 1, 512)]
    [InlineData(513, 1024, 1, 2, 512)]
    [InlineData(1000, 1024, 1, 2, 512)]
    [InlineData(1000, 1024, 100, 2, 500)]
    [InlineData(1000, 1024, 1000, 1, 1000)]
    [InlineData(2000, 1024, 2000, 4, 512)]
    [InlineData(256, 7168, 128, 2, 128)]
    public void Slices_are_half_a_million_weights_or_what_the_source_likes(
        long rows, int columns, int granularity, int count, int height)
    {
        SliceGrid grid = new([Tensor(rows, columns, granularity)]);
        Assert.Equal(count, grid.Count);
        Assert.Equal(height, grid[0].Rows);
    }

    [Fact]
    public void Slices_cover_every_row_once_in_order_and_skip_tensors_without_rows()
    {
        PlannedTensor[] tensors = [Tensor(0, 8), Tensor(5, 300_000), Tensor(0, 8), Tensor(0, 8), Tensor(1, 1), Tensor(1025, 1024), Tensor(0, 8)];
        SliceGrid grid = new(tensors);
        long[] next = new long[tensors.Length];
        for (int i = 0; i < grid.Count; i++)
        {
            Slice slice = grid[i];
            Assert.Equal(i, slice.Index);
            Assert.Equal(next[slice.Tensor], slice.FirstRow);
            Assert.InRange(slice.Rows, 1, int.MaxValue);
            next[slice.Tensor] += slice.Rows;
        }

        Assert.Equal(tensors.Select(static t => t.Weights.Rows), next);
        Assert.Equal([0, 5, 0, 0, 1, 3, 0], tensors.Select((_, i) => grid.CountOf(i)));
    }

    [Theory]
    [InlineData(1, 128L << 20, 2_359_296)]
    [InlineData(4, 128L << 20, 4 * 2_359_296)]
    [InlineData(4, 3L << 20, 3 << 20)]
    [InlineData(4, 1L, 2_359_296)]
    public void The_estimate_is_a_slice_a_thread_within_the_limit(int threads, long limit, long buffers)
    {
        // 610 rows of 1024 weights as f32 fill one slice of half a million weights: 512 rows, decoded 64 rows at a time.
        QuantizationPlan plan = QuantizationPlan.ForConvert(
            FakeModel.Of(FakeModel.Tensor("blk.0.attn_q.weight", 1024, 610)), "m.gguf", QuantPreset.F32);
        Assert.Equal(
            (56L << 20) + buffers, MemoryEstimate.Peak(plan, new() { Threads = threads, MemoryBytes = limit }));
    }
}
