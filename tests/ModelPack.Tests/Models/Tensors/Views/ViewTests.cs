using ModelPack.Models.Tensors;
using ModelPack.Models.Tensors.Views;

namespace ModelPack.Tests.Models.Tensors.Views;

public sealed class ViewTests
{
    [Theory]
    [InlineData(new[] { 3 })]
    [InlineData(new[] { 3, 1, 4 })]
    [InlineData(new[] { 0, 2, 0, 0, 5, 0 })]
    [InlineData(new[] { 0, 0 })]
    public void A_stack_gives_its_parts_one_after_the_other(int[] rows)
    {
        Ramp[] parts = [.. rows.Select(static (r, i) => new Ramp(r, 5, i * 100_000))];
        Reads.Equal([.. parts.SelectMany(static p => Reads.All(p))], new StackedSource(parts));
    }

    [Fact]
    public void A_stack_of_unequal_row_lengths_is_refused() =>
        Assert.Throws<ArgumentException>(static () => new StackedSource([new Ramp(2, 5), new Ramp(2, 6)]));

    [Fact]
    public void A_stack_of_nothing_is_refused() => Assert.Throws<ArgumentException>(static () => new StackedSource([]));

    [Theory]
    [InlineData(DType.BF16, DType.BF16, DType.BF16)]
    [InlineData(DType.BF16, DType.F16, DType.F32)]
    public void A_stack_has_the_type_of_its_parts_or_the_widest(DType first, DType second, DType expected) =>
        Assert.Equal(expected, new StackedSource([new Ramp(2, 5, type: first), new Ramp(2, 5, type: second)]).NaturalType);

    [Theory]
    [InlineData(256, 64, 64)]
    [InlineData(256, 512, 256)]
    [InlineData(1, 7, 1)]
    public void A_stack_of_small_parts_is_read_part_by_part(int granularity, int rows, int expected) =>
        Assert.Equal(expected, new StackedSource([new Ramp(rows, 5, granularity: granularity), new Ramp(rows, 5)]).RowGranularity);

    [Theory]
    [InlineData(10, 0, 10)]
    [InlineData(10, 3, 6)]
    [InlineData(10, 9, 1)]
    [InlineData(10, 10, 0)]
    public void A_slice_gives_its_run(int rows, int first, int count)
    {
        Ramp source = new(rows, 3);
        Reads.Equal([.. Reads.All(source).Skip(first * 3).Take(count * 3)], new RowSlice(source, first, count));
    }

    [Theory]
    [InlineData(-1, 2)]
    [InlineData(9, 2)]
    [InlineData(11, 0)]
    public void A_slice_outside_its_source_is_refused(int first, int count) =>
        Assert.Throws<ArgumentOutOfRangeException>(() => new RowSlice(new Ramp(10, 3), first, count));

    [Theory]
    [InlineData(4, 6, 2, 4)]
    [InlineData(3, 2, 1, 1)]
    [InlineData(1, 7, 0, 7)]
    [InlineData(5, 3, 1, 0)]
    public void Picked_rows_are_the_same_of_every_period(int periods, int period, int first, int count)
    {
        Ramp source = new(periods * period, 3);
        float[] expected =
        [
            .. from p in Enumerable.Range(0, periods)
               from i in Enumerable.Range(0, count)
               from c in Enumerable.Range(0, 3)
               select source.At((p * period) + first + i, c),
        ];
        Reads.Equal(expected, new PickedRows(source, period, first, count));
    }

    [Theory]
    [InlineData(12, 5, 0, 1)]
    [InlineData(12, 6, 4, 3)]
    [InlineData(12, 0, 0, 0)]
    public void Rows_picked_outside_a_period_are_refused(int rows, int period, int first, int count)
    {
        Assert.ThrowsAny<ArgumentException>(() => new PickedRows(new Ramp(rows, 3), period, first, count));
        Assert.ThrowsAny<ArgumentException>(() => new TransposedHeads(new Ramp(rows, 3), period, first, count));
    }

    [Theory]
    [InlineData(3, 5, 0, 2, 7)]
    [InlineData(2, 8, 3, 5, 4)]
    [InlineData(1, 1, 0, 1, 1)]
    public void Heads_are_transposed_one_by_one(int heads, int period, int first, int count, int width)
    {
        Ramp source = new(heads * period, width);
        float[] expected =
        [
            .. from h in Enumerable.Range(0, heads)
               from c in Enumerable.Range(0, width)
               from i in Enumerable.Range(0, count)
               select source.At((h * period) + first + i, c),
        ];
        TransposedHeads view = new(source, period, first, count);
        Reads.Equal(expected, view);
        Assert.Equal(width, view.RowGranularity);
    }

    [Theory]
    [InlineData(2, 6, 3)]
    [InlineData(1, 8, 1)]
    [InlineData(4, 2, 5)]
    [InlineData(2, 6, 140_000)]
    public void Halves_of_a_head_become_pairs(int heads, int headRows, int columns)
    {
        Ramp source = new(heads * headRows, columns);
        float[] expected = new float[heads * headRows * columns];
        for (int h = 0; h < heads; h++)
        {
            for (int i = 0; i < headRows / 2; i++)
            {
                for (int j = 0; j < 2; j++)
                {
                    int from = (h * headRows) + (j * (headRows / 2)) + i;
                    int to = (h * headRows) + (2 * i) + j;
                    source.Read(from, expected.AsSpan(to * columns, columns));
                }
            }
        }

        Reads.Equal(expected, new PermutedRows(source, heads));
    }

    [Theory]
    [InlineData(6, 2)]
    [InlineData(7, 1)]
    [InlineData(8, 3)]
    public void Heads_of_an_odd_number_of_rows_are_refused(int rows, int heads) =>
        Assert.Throws<ArgumentException>(() => new PermutedRows(new Ramp(rows, 3), heads));

    [Theory]
    [InlineData(6, 4, 3)]
    [InlineData(6, 4, 8)]
    [InlineData(6, 4, 24)]
    [InlineData(6, 4, 1)]
    [InlineData(1, 12, 4)]
    [InlineData(5, 6, 10)]
    public void Reshaping_keeps_the_order(int rows, int columns, int newColumns)
    {
        Ramp source = new(rows, columns);
        Reads.Equal(Reads.All(source), new ReshapedSource(source, newColumns));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(7)]
    public void A_row_length_that_does_not_divide_the_weights_is_refused(int columns) =>
        Assert.Throws<ArgumentException>(() => new ReshapedSource(new Ramp(6, 4), columns));

    [Theory]
    [InlineData(4, 9)]
    [InlineData(1, 1)]
    [InlineData(600, 1100)]
    [InlineData(9, 3000)]
    public void A_transpose_gives_columns_as_rows(int rows, int columns)
    {
        Ramp source = new(rows, columns);
        float[] expected = new float[rows * columns];
        for (int i = 0; i < expected.Length; i++)
        {
            expected[i] = source.At(i % rows, i / rows);
        }

        Reads.Equal(expected, new TransposedSource(source, granularity: 16));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(5)]
    public void Constants_are_one_row(int count)
    {
        float[] values = [.. Enumerable.Range(0, count).Select(static i => i + 0.5f)];
        ConstantSource source = new(values);
        Assert.Equal(count == 0 ? 0 : 1, source.Rows);
        Reads.Equal(values, source);
    }
}
