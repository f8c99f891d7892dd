using ModelPack.Models.Tensors;
using ModelPack.Models.Tensors.Views;

namespace ModelPack.Tests.Models.Tensors.Views;

/// <summary>Views that put back what a conversion to GGUF reorders.</summary>
public sealed class ReturnedRowsTests
{
    [Theory]
    [InlineData(2, 1)]
    [InlineData(8, 1)]
    [InlineData(8, 2)]
    [InlineData(24, 3)]
    public void Halves_undo_pairs_and_pairs_undo_halves(int rows, int heads)
    {
        Ramp source = new(rows, 3);
        Reads.Equal(Reads.All(source), new HalvedRows(new PermutedRows(source, heads), heads));
        Reads.Equal(Reads.All(source), new PermutedRows(new HalvedRows(source, heads), heads));
    }

    [Fact]
    public void A_row_of_halves_tells_where_it_comes_from()
    {
        Ramp source = new(8, 3);
        HalvedRows halves = new(source, 2);
        Assert.Equal([0, 2, 1, 3, 4, 6, 5, 7], Enumerable.Range(0, 8).Select(r => halves.Origin(r)!.Value.Row));
        Assert.Same(source, halves.Origin(3)!.Value.Source);
    }

    [Fact]
    public void Heads_of_an_odd_number_of_rows_are_refused() => Assert.Throws<ArgumentException>(static () => new HalvedRows(new Ramp(6, 3), 2));

    [Theory]
    [InlineData(1, 2, 3)]
    [InlineData(3, 1, 1)]
    [InlineData(4, 5, 2)]
    public void Joined_rows_undo_picked_ones(int periods, int first, int second)
    {
        Ramp source = new(periods * (first + second), 4);
        PickedRows one = new(source, first + second, 0, first);
        PickedRows other = new(source, first + second, first, second);
        JoinedRows joined = new(one, first, other, second);
        Reads.Equal(Reads.All(source), joined);
        Assert.Equal(Enumerable.Range(0, (int)source.Rows), Enumerable.Range(0, (int)source.Rows).Select(r => (int)joined.Origin(r)!.Value.Row));
    }

    [Fact]
    public void Runs_that_do_not_go_together_are_refused()
    {
        Assert.Throws<ArgumentException>(static () => new JoinedRows(new Ramp(4, 3), 2, new Ramp(6, 3), 2));
        Assert.Throws<ArgumentException>(static () => new JoinedRows(new Ramp(4, 3), 2, new Ramp(4, 4), 2));
        Assert.Throws<ArgumentException>(static () => new JoinedRows(new Ramp(4, 3), 3, new Ramp(4, 3), 2));
    }

    [Fact]
    public void Joined_rows_have_the_type_of_both_or_the_widest()
    {
        Ramp half = new(2, 3, type: DType.F16);
        Assert.Equal(DType.F16, new JoinedRows(half, 1, half, 1).NaturalType);
        Assert.Equal(DType.F32, new JoinedRows(half, 1, new Ramp(2, 3, type: DType.BF16), 1).NaturalType);
    }
}
