using ModelPack.Models;
using ModelPack.Models.Architectures;
using ModelPack.Quantize.Calibration;
using ModelPack.Quantize.Kernels;
using ModelPack.Tests.Support;

namespace ModelPack.Tests.Quantize.Calibration;

public sealed class ImportanceCollectorTests
{
    private static readonly LinearInput Dense =
        new(LinearPlace.AttentionInput, 0, null, 2, [new(TensorKind.AttentionQuery, 0), new(TensorKind.AttentionKey, 0)]);

    [Fact]
    public void Squares_are_summed_by_column_and_rows_counted()
    {
        ImportanceCollector collector = new();
        collector.Begin(0);
        collector.Visit(Dense, [1, 2, 3, 4], [], RowSample.Routed);
        collector.Visit(Dense, [-5, 0], [], RowSample.Routed);
        InputTally tally = Assert.Single(collector.Tallies);
        Assert.Equal((3, 0), (tally.Rows, tally.Dropped));
        Assert.Equal([1f + 9 + 25, 4 + 16], tally.ToSingles());
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(15)]
    [InlineData(16)]
    [InlineData(17)]
    [InlineData(1000)]
    public void Many_columns_at_once_give_the_bits_of_one_after_the_other(int columns)
    {
        Random random = new(columns);
        double[] scalar = new double[columns];
        double[] best = new double[columns];
        for (int row = 0; row < 20; row++)
        {
            float[] values = [.. Enumerable.Range(0, columns).Select(_ => (float)((random.NextDouble() - 0.5) * Math.Pow(10, random.Next(-10, 10))))];
            ColumnSquares.Scalar(values, scalar);
            ColumnSquares.Best(values, best);
        }

        Assert.Equal(scalar, best);
    }

    [Fact]
    public void Near_misses_are_not_counted()
    {
        ImportanceCollector collector = new();
        collector.Visit(Expert(0, 1), [1, 1], [0.5f], RowSample.Routed);
        collector.Visit(Expert(0, 1), [9, 9], [0.1f], RowSample.NearMiss);
        Assert.Equal(1, Assert.Single(collector.Tallies).Rows);
        Assert.Equal(0, collector.NearMisses(Expert(0, 1), 0));
    }

    [Fact]
    public void The_head_is_not_wanted_as_llama_imatrix_leaves_it_out()
    {
        ImportanceCollector collector = new();
        Assert.All(Enum.GetValues<LinearPlace>(), p => Assert.Equal(p != LinearPlace.Head, collector.Wants(p)));
    }

    [Theory]
    [InlineData(float.NaN)]
    [InlineData(float.PositiveInfinity)]
    [InlineData(float.NegativeInfinity)]
    public void A_row_that_is_not_finite_is_left_out_and_counted(float value)
    {
        ImportanceCollector collector = new();
        for (int i = 0; i < 99; i++)
        {
            collector.Visit(Dense, [1, 2], [], RowSample.Routed);
        }

        collector.Visit(Dense, [3, value], [], RowSample.Routed);
        collector.LayerDone(0);
        InputTally tally = Assert.Single(collector.Tallies);
        Assert.Equal((99, 1, 1), (tally.Rows, tally.Dropped, collector.Dropped));
        Assert.Equal([99f, 396], tally.ToSingles());
    }

    [Fact]
    public void More_than_one_row_in_a_hundred_that_is_not_finite_ends_the_calibration()
    {
        ImportanceCollector collector = new();
        LinearInput input = Dense with { Layer = 7, Place = LinearPlace.FeedForwardInner };
        for (int i = 0; i < 97; i++)
        {
            collector.Visit(input, [1, 2], [], RowSample.Routed);
        }

        collector.Visit(input, [float.NaN, 1, 1, float.NaN], [], RowSample.Routed);
        collector.LayerDone(0);
        ModelPackException fault = Assert.Throws<ModelPackException>(() => collector.LayerDone(7));
        Assert.Equal(
            "layer 7, FeedForwardInner: 2 of 99 rows hold values that are not finite (2.0 %); expected at most 1 %, "
            + "as statistics of the others would not be those of the model",
            fault.Message);
    }

    [Fact]
    public void Experts_that_saw_nothing_are_in_the_result_with_zero_tokens()
    {
        ImportanceCollector collector = new();
        collector.Visit(Expert(3, 0), [1, 1, 2, 2], [1, 1], RowSample.Routed);
        Assert.Null(collector.Complete([Expert(3, 0), Expert(3, 1)], TestContext.Current.CancellationToken));
        ExpertTokens tokens = Assert.Single(collector.ExpertTokens());
        Assert.Equal(3, tokens.Layer);
        Assert.Equal([2L, 0], tokens.Tokens);
        Assert.Equal((0, 1, 1, 2), (tokens.Below(0), tokens.Below(1), tokens.Below(2), tokens.Below(3)));
    }

    [Fact]
    public void Collectors_of_two_runs_add_up()
    {
        (ImportanceCollector first, ImportanceCollector second) = (new(), new());
        first.Visit(Dense, [1, 2], [], RowSample.Routed);
        first.LayerDone(0);
        second.Visit(Dense, [3, 4, float.NaN, 1], [], RowSample.Routed);
        second.Visit(Expert(1, 5), [2, 2], [1], RowSample.Routed);
        first.Add(second);
        Assert.Equal(2, first.Tallies.Count);
        Assert.Equal((2, 1), (first.Tallies[0].Rows, first.Tallies[0].Dropped));
        Assert.Equal([10f, 20], first.Tallies[0].ToSingles());
        Assert.Equal([4f, 4], first.Tallies[1].ToSingles());
        second.Visit(Dense with { Layer = 2 }, [1, 1], [], RowSample.Routed);
        first.Visit(Dense with { Layer = 2, Width = 1 }, [1], [], RowSample.Routed);
        Assert.Contains("2 wide in one run and 1 in another", Assert.Throws<ArgumentException>(() => first.Add(second)).Message);
    }

    [Fact]
    public void A_resumed_run_has_the_layers_before_and_forgets_those_that_run_again()
    {
        using TempFolder folder = new();
        ImportanceCollector first = new(new(folder.File("state")));
        first.Begin(0);
        for (int layer = 0; layer < 3; layer++)
        {
            first.Visit(Dense with { Layer = layer }, [1, layer], [], RowSample.Routed);
            first.Complete([Dense with { Layer = layer }], TestContext.Current.CancellationToken);
            first.Visit(Expert(layer, 1), [layer, 1], [1], RowSample.Routed);
            first.Complete([Expert(layer, 0), Expert(layer, 1)], TestContext.Current.CancellationToken);
        }

        ImportanceCollector second = new(new(folder.File("state")));
        second.Begin(2);
        Assert.Equal(first.Tallies.Where(static t => t.Input.Layer < 2).Select(Describe), second.Tallies.Select(Describe));
        Assert.Equal(Dense.Weights, second.Tallies[0].Input.Weights);
        second.Begin(0);
        Assert.Empty(second.Tallies);
        Assert.Empty(Directory.GetFiles(folder.File("state")));
    }

    [Theory]
    [InlineData(0, "no tallies of this version")]
    [InlineData(8, "a tally of an input that no model has")]
    [InlineData(20, "a tally of an input that no model has")]
    [InlineData(-1, "ends too early")]
    public void A_damaged_state_file_is_named(int place, string what)
    {
        using TempFolder folder = new();
        ImportanceCollector first = new(new(folder.Path));
        first.Visit(Dense, [1, 2], [], RowSample.Routed);
        first.Complete([Dense], TestContext.Current.CancellationToken);
        string path = Assert.Single(Directory.GetFiles(folder.Path));
        byte[] bytes = File.ReadAllBytes(path);
        if (place >= 0)
        {
            BitConverter.TryWriteBytes(bytes.AsSpan(place), int.MaxValue);
        }
        else
        {
            bytes = bytes[..^1];
        }

        File.WriteAllBytes(path, bytes);
        InvalidCheckpointException fault = Assert.Throws<InvalidCheckpointException>(() => new ImportanceCollector(new(folder.Path)).Begin(1));
        Assert.Equal($"tally-00000-00-00000.bin: {what}; delete the folder, or run without --resume", fault.Message);
    }

    private static LinearInput Expert(int layer, int expert) =>
        new(LinearPlace.ExpertInput, layer, expert, 2, [new(TensorKind.ExpertGate, layer, expert), new(TensorKind.ExpertUp, layer, expert)]);

    private static string Describe(InputTally tally) =>
        $"{tally.Input.Place} {tally.Input.Layer} {tally.Input.Expert} {tally.Rows} {tally.Dropped} {string.Join(' ', tally.ToSingles())}";
}
