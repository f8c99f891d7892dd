using ModelPack.Quantize.Solving;

namespace ModelPack.Tests.Quantize.Solving;

public sealed class InputMomentsTests
{
    [Theory]
    [InlineData(1, 1)]
    [InlineData(5, 3)]
    [InlineData(16, 6)]
    [InlineData(17, 255)]
    [InlineData(48, 256)]
    [InlineData(97, 257)]
    [InlineData(130, 600)]
    public void Sums_are_those_of_plain_arithmetic_for_any_number_of_rows_and_columns(int columns, int rows)
    {
        float[] inputs = new Gaussians(columns).Normal(rows * columns);
        InputMoments moments = Of(columns, inputs);
        double[,] expected = NaiveGptq.Hessian(inputs, columns);
        Assert.Equal((rows, 0L), (moments.Rows, moments.Dropped));
        for (int i = 0; i < columns; i++)
        {
            Assert.Equal(expected[i, i] * rows, moments.SquareSums[i], 1e-9 * rows);
            for (int j = 0; j < columns; j++)
            {
                Assert.Equal(expected[i, j] * rows, moments.GramRow(i)[j], 1e-5 * rows);
            }
        }
    }

    [Fact]
    public void An_expert_that_saw_one_token_has_the_products_of_that_row()
    {
        InputMoments moments = Of(3, [1, -2, 4]);
        Assert.Equal(1, moments.Rows);
        Assert.Equal([-2f, 4f, -8f], moments.GramRow(1).ToArray());
        Assert.Equal(21, moments.Power);
    }

    [Fact]
    public void Merging_adds_sums_so_that_parts_of_unequal_size_weigh_by_their_rows()
    {
        const int Columns = 40;
        float[] few = new Gaussians(1).Normal(3 * Columns);
        float[] many = [.. new Gaussians(2).Normal(700 * Columns).Select(static x => 3 * x)];
        InputMoments merged = Of(Columns, few);
        merged.Merge(Of(Columns, many));
        InputMoments whole = Of(Columns, [.. few, .. many]);
        Assert.Equal(whole.Rows, merged.Rows);
        for (int i = 0; i < Columns; i++)
        {
            Assert.Equal(whole.SquareSums[i], merged.SquareSums[i], 1e-6 * whole.SquareSums[i]);
            for (int j = 0; j < Columns; j++)
            {
                Assert.Equal(whole.GramRow(i)[j], merged.GramRow(i)[j], 1e-4 * whole.Power);
            }
        }
    }

    [Fact]
    public void Rows_may_be_added_after_the_matrix_was_read()
    {
        InputMoments moments = Of(2, [1, 2]);
        Assert.Equal(2, moments.GramRow(0)[1]);
        moments.Add([3, 5]);
        Assert.Equal(17, moments.GramRow(0)[1]);
        Assert.Equal(17, moments.GramRow(1)[0]);
    }

    [Theory]
    [InlineData(float.NaN)]
    [InlineData(float.PositiveInfinity)]
    [InlineData(float.NegativeInfinity)]
    [InlineData(1e30f)]
    public void A_row_that_is_no_number_is_left_out_of_everything_and_counted(float bad)
    {
        const int Columns = 20;
        float[] clean = new Gaussians(3).Normal(30 * Columns);
        float[] spoiled = [.. clean[..(10 * Columns)], .. Enumerable.Repeat(1f, Columns - 1), bad, .. clean[(10 * Columns)..], bad, .. new float[Columns - 1]];
        InputMoments moments = new(Columns);
        moments.Add(spoiled, [.. Enumerable.Repeat(0.5f, 32)]);
        InputMoments expected = new(Columns);
        expected.Add(clean.AsSpan(0, 10 * Columns));
        expected.Add(clean.AsSpan(10 * Columns));
        Assert.Equal((30L, 2L, 7.5), (moments.Rows, moments.Dropped, moments.GateSquares));
        Assert.Equal(expected.SquareSums.ToArray(), moments.SquareSums.ToArray());
        Assert.Equal(expected.GramRow(7).ToArray(), moments.GramRow(7).ToArray());
    }

    [Fact]
    public void Activations_beyond_half_precision_are_summed_exactly_enough()
    {
        // The largest input of a down projection that Qwen2.5 shows.
        InputMoments moments = Of(2, [.. Enumerable.Repeat((float[])[48128, -1], 5000).SelectMany(static r => r)]);
        Assert.Equal(5000d * 48128 * 48128, moments.SquareSums[0]);
        Assert.InRange(moments.GramRow(0)[0] / (5000d * 48128 * 48128), 0.99999, 1.00001);
        Assert.InRange(moments.GramRow(1)[0] / (-5000d * 48128), 0.99999, 1.00001);
    }

    [Fact]
    public void A_quarter_of_a_million_tokens_cost_no_precision()
    {
        const int Columns = 8;
        float[] inputs = [.. new Gaussians(4).Normal(4096 * Columns).Select(static x => x + 0.3f)];
        double[,] expected = NaiveGptq.Hessian(inputs, Columns);
        InputMoments moments = new(Columns);
        for (int i = 0; i < 64; i++)
        {
            moments.Add(inputs);
        }

        Assert.Equal(262_144, moments.Rows);
        for (int i = 0; i < Columns; i++)
        {
            for (int j = 0; j < Columns; j++)
            {
                Assert.Equal(expected[i, j], moments.GramRow(i)[j] / (double)moments.Rows, 1e-5);
            }
        }
    }

    [Fact]
    public void The_sums_do_not_depend_on_the_number_of_threads()
    {
        const int Columns = 200;
        float[] inputs = new Gaussians(5).Normal(300 * Columns);
        InputMoments one = Of(Columns, inputs);
        InputMoments three = new(Columns);
        three.Add(inputs, threads: 3);
        for (int i = 0; i < Columns; i++)
        {
            Assert.Equal(one.GramRow(i).ToArray(), three.GramRow(i).ToArray());
        }
    }

    [Fact]
    public void What_does_not_fit_is_refused()
    {
        InputMoments moments = new(4);
        Assert.Contains("7 values", Assert.Throws<ArgumentException>(() => moments.Add(new float[7])).Message);
        Assert.Throws<ArgumentException>(() => moments.Add(new float[8], new float[3]));
        Assert.Contains("5 columns; the input has 4", Assert.Throws<ArgumentException>(() => moments.Merge(new InputMoments(5))).Message);
        Assert.Throws<ArgumentException>(() => moments.Merge(new InputMoments(4, gram: false)));
        Assert.Throws<ArgumentOutOfRangeException>(() => new InputMoments(0));
    }

    private static InputMoments Of(int columns, float[] rows)
    {
        InputMoments moments = new(columns);
        moments.Add(rows);
        return moments;
    }
}
