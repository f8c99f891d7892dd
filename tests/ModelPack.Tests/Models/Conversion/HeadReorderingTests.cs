using ModelPack.Models.Conversion;
using ModelPack.Models.Tensors;

namespace ModelPack.Tests.Models.Conversion;

public sealed class HeadReorderingTests
{
    [Fact]
    public void Halves_become_pairs_head_by_head()
    {
        PairedHeads paired = new(new NumberedSource(8, 1), headSize: 4);
        Assert.Equal([0, 2, 1, 3, 4, 6, 5, 7], NumberedSource.ReadAll(paired));
    }

    [Fact]
    public void A_bias_is_reordered_like_the_rows_of_its_matrix()
    {
        PairedHeads paired = new(new NumberedSource(1, 12), headSize: 6);
        Assert.Equal([0, 3, 1, 4, 2, 5, 6, 9, 7, 10, 8, 11], NumberedSource.ReadAll(paired));
    }

    [Fact]
    public void Keys_are_transposed_and_values_left_out()
    {
        // Two heads of 2 key rows and 1 value row, 3 wide.
        TransposedHeads keys = new(new NumberedSource(6, 3), heads: 2, nope: 2);
        Assert.Equal((6L, 2), (keys.Rows, keys.Columns));
        Assert.Equal([0, 3, 1, 4, 2, 5, 9, 12, 10, 13, 11, 14], NumberedSource.ReadAll(keys));
    }

    [Theory]
    [InlineData(0, 0)]
    [InlineData(0, 1)]
    [InlineData(1, 5)]
    [InlineData(3, 9)]
    [InlineData(5, 7)]
    [InlineData(11, 1)]
    [InlineData(12, 0)]
    public void Any_run_of_rows_is_that_part_of_the_whole(int first, int rows)
    {
        foreach (TensorSource source in new TensorSource[]
        {
            new PairedHeads(new NumberedSource(12, 3), headSize: 6),
            new TransposedHeads(new NumberedSource(15, 4), heads: 3, nope: 4),
        })
        {
            float[] all = NumberedSource.ReadAll(source);
            float[] some = new float[rows * source.Columns];
            source.Read(first, some);
            Assert.Equal(all.AsSpan(first * source.Columns, some.Length).ToArray(), some);
        }
    }
}
