using ModelPack.Models.Tensors;
using ModelPack.Models.Tensors.Views;

namespace ModelPack.Tests.Models.Tensors.Views;

public sealed class OrderedRowsTests
{
    [Theory]
    [InlineData(1, 5, 1)]
    [InlineData(7, 3, 1)]
    [InlineData(40, 20_000, 1)]
    [InlineData(40, 20_000, 16)]
    public void Interleaved_rows_come_by_turns(int rows, int columns, int granularity)
    {
        Ramp first = new(rows, columns, granularity: granularity);
        Ramp second = new(rows, columns, 500_000);
        float[] expected = [.. Enumerable.Range(0, 2 * rows).SelectMany(r =>
            Enumerable.Range(0, columns).Select(c => (r % 2 == 0 ? first : second).At(r / 2, c)))];
        InterleavedRows rowsByTurns = new(first, second);
        Assert.Equal(2 * granularity, rowsByTurns.RowGranularity);
        Reads.Equal(expected, rowsByTurns);
    }

    [Theory]
    [InlineData(DType.BF16, DType.BF16, DType.BF16)]
    [InlineData(DType.BF16, DType.F16, DType.F32)]
    public void Interleaved_rows_have_the_type_of_both_or_the_widest(DType first, DType second, DType expected) =>
        Assert.Equal(expected, new InterleavedRows(new Ramp(2, 5, type: first), new Ramp(2, 5, type: second)).NaturalType);

    [Theory]
    [InlineData(3, 5)]
    [InlineData(2, 6)]
    public void Unequal_shapes_cannot_be_interleaved(int rows, int columns) =>
        Assert.Throws<ArgumentException>(() => new InterleavedRows(new Ramp(2, 5), new Ramp(rows, columns)));

    [Theory]
    [InlineData(1, 6, 4)]
    [InlineData(3, 6, 4)]
    [InlineData(4, 5, 0)]
    [InlineData(4, 3, 2)]
    public void Rolled_rows_start_each_period_at_the_given_row(int periods, int period, int first)
    {
        Ramp source = new(periods * period, 3);
        float[] expected = [.. Enumerable.Range(0, periods * period).SelectMany(r =>
            Enumerable.Range(0, 3).Select(c => source.At((r / period * period) + ((r + first) % period), c)))];
        Reads.Equal(expected, new RolledRows(source, period, first));
    }

    [Fact]
    public void Rolled_rows_must_be_whole_periods() =>
        Assert.Throws<ArgumentException>(static () => new RolledRows(new Ramp(7, 3), 3, 1));
}
