using ModelPack.Models;
using ModelPack.Models.Onnx;
using ModelPack.Models.Onnx.Export;
using ModelPack.Quantize;
using ModelPack.Quantize.Kernels.Matrices;
using ModelPack.Quantize.Solving;

namespace ModelPack.Tests.Quantize.Solving;

/// <summary>What other tools got wrong, and inputs at the edge.</summary>
public sealed class SolverTrapTests
{
    private static readonly SolveOptions Options = new() { Threads = 2 };

    [Theory]
    [InlineData("q4_k")]
    [InlineData("4 128 a h")]
    public void One_token_is_enough_for_a_shape_and_for_a_factor(string name)
    {
        Gaussians gaussians = new(1);
        RowGrid grid = SolverTests.Grid(name, 256);
        float[] weights = gaussians.Weights(5, 256);
        SolvedWeight solved = SolverTests.Solve(grid, weights, gaussians.Normal(256));
        SolvedWeight rounded = SolverTests.Solve(grid, weights, gaussians.Normal(256), SolveMethod.Importance);
        Assert.Equal((SolveMethod.Gptq, 1L), (solved.Method, solved.Tokens));
        Assert.True(solved.RelativeError < rounded.RelativeError);
    }

    [Fact]
    public void A_Hessian_without_a_factor_is_damped_until_it_has_one()
    {
        Gaussians gaussians = new(2);
        InputMoments moments = new(64);
        moments.Add(gaussians.Normal(64));
        SolvedWeight solved = One(Task(moments, null, "4 32 s h", gaussians.Weights(4, 64), 64), Options with { Damping = 0, Shrinkage = 0 });
        Assert.Equal((SolveMethod.Gptq, SolveFallback.None), (solved.Method, solved.Fallback));
        Assert.InRange(solved.Damping, 0.001, 0.25);
    }

    [Fact]
    public void A_Hessian_that_left_single_precision_falls_back_to_importance_and_is_counted()
    {
        Gaussians gaussians = new(3);
        InputMoments moments = new(64);
        moments.Add([.. gaussians.Normal(200 * 64).Select(static x => 1e14f * x)]);
        for (int i = 0; i < 40; i++)
        {
            moments.Merge(moments);
        }

        float[] weights = gaussians.Weights(4, 64);
        SolvedWeight solved = One(Task(moments, null, "4 32 s h", weights, 64), Options);
        Assert.Equal((SolveMethod.Importance, SolveFallback.NotPositive, true), (solved.Method, solved.Fallback, solved.FellBack));
        Assert.Equal(One(Task(moments, null, "4 32 s h", weights, 64), Options with { Method = SolveMethod.Importance }).Values, solved.Values);
    }

    [Fact]
    public void A_matrix_that_is_not_positive_has_no_factor()
    {
        FeedbackFactor.RowReader indefinite = static (row, target) =>
        {
            target.Fill(1);
            target[row] = row == 70 ? -1 : 2;
        };
        Assert.Null(FeedbackFactor.Of([.. Enumerable.Range(0, 130)], indefinite, 0, 1, TestContext.Current.CancellationToken));
        FeedbackFactor.RowReader broken = static (_, target) => target.Fill(float.NaN);
        Assert.Null(FeedbackFactor.Of([.. Enumerable.Range(0, 130)], broken, 1, 1, TestContext.Current.CancellationToken));
    }

    [Fact]
    public void An_expert_of_which_nothing_is_known_is_rounded_plainly_and_counted()
    {
        float[] weights = new Gaussians(4).Weights(4, 64);
        InputMoments zeros = new(64);
        zeros.Add(new float[3 * 64]);
        foreach (InputMoments? own in (InputMoments?[])[null, new(64), zeros])
        {
            SolvedWeight solved = One(Task(own, null, "4 32 s h", weights, 64), Options);
            Assert.Equal((SolveMethod.Rtn, SolveFallback.NoRows, true), (solved.Method, solved.Fallback, solved.FellBack));
            Assert.Equal(One(Task(null, null, "4 32 s h", weights, 64), Options with { Method = SolveMethod.Rtn }).Values, solved.Values);
            Assert.Equal(0, double.IsNaN(solved.RelativeError) ? 0 : solved.RelativeError);
        }
    }

    [Fact]
    public void Mean_squares_alone_give_importance_and_are_counted()
    {
        Gaussians gaussians = new(5);
        InputMoments moments = new(64, gram: false);
        moments.Add(gaussians.Normal(100 * 64));
        SolvedWeight solved = One(Task(moments, null, "q4_0", gaussians.Weights(4, 64), 64), Options);
        Assert.Equal((SolveMethod.Importance, SolveFallback.NoHessian, true), (solved.Method, solved.Fallback, solved.FellBack));
        Assert.InRange(solved.RelativeError, 1e-4, 0.05);
    }

    [Fact]
    public void A_column_that_an_expert_never_saw_keeps_its_weights()
    {
        const int Columns = 64;
        Gaussians gaussians = new(6);
        float[] weights = gaussians.Weights(8, Columns);
        float[] seen = gaussians.Normal(500 * Columns);
        float[] all = gaussians.Normal(500 * Columns);
        for (int t = 0; t < 500; t++)
        {
            seen[(t * Columns) + 9] = 0;
            all[(t * Columns) + 9] *= 3;
        }

        (InputMoments own, InputMoments prior) = (new(Columns), new(Columns));
        own.Add(seen);
        prior.Add(all);
        foreach (InputMoments? other in (InputMoments?[])[prior, null])
        {
            SolvedWeight solved = One(Task(own, other, "8 32 s f", weights, Columns), Options);
            Assert.Equal(SolveMethod.Gptq, solved.Method);
            for (int row = 0; row < 8; row++)
            {
                float weight = weights[(row * Columns) + 9];
                Assert.Equal(weight, solved.Decoded[(row * Columns) + 9], other is null ? 0.002f + (0.1f * MathF.Abs(weight)) : 0.002f);
            }
        }

        // Only the prior makes the column count when scales are chosen.
        Assert.Equal(0, new ShrunkHessian(Columns, own, null, 1).Diagonal[9]);
        Assert.True(new ShrunkHessian(Columns, own, prior, 1).Diagonal[9] > 0);
    }

    [Theory]
    [MemberData(nameof(SolverTests.Grids), MemberType = typeof(SolverTests))]
    public void Rows_of_zeros_and_of_one_value_and_of_tiny_weights_survive(string name)
    {
        const int Columns = 256;
        Gaussians gaussians = new(7);
        float[] weights =
        [
            .. new float[Columns],
            .. Enumerable.Repeat(0.25f, Columns),
            .. Enumerable.Repeat(-0.25f, Columns),
            .. gaussians.Weights(1, Columns).Select(static w => 1e-9f * w),
            .. gaussians.Weights(1, Columns).Select(static w => 1e-37f * w),
            .. gaussians.Weights(1, Columns),
        ];
        SolvedWeight solved = SolverTests.Solve(SolverTests.Grid(name, Columns), weights, gaussians.Rows(gaussians.Root(Columns, 1), Columns, 400));
        Assert.All(solved.Decoded, static x => Assert.True(float.IsFinite(x)));
        Assert.All(solved.Decoded[..Columns], static x => Assert.Equal(0, x));
        Assert.All(solved.Decoded[(3 * Columns)..(5 * Columns)], static x => Assert.InRange(x, -1e-6f, 1e-6f));
        Assert.True(double.IsFinite(solved.Error));
        Assert.InRange(solved.RelativeError, 0, name == "q2_k" ? 0.2 : 0.05);
    }

    [Theory]
    [InlineData("4 128 s h", 300)]
    [InlineData("4 128 a h", 300)]
    [InlineData("4 16 a f", 33)]
    [InlineData("8 64 a h", 100)]
    [InlineData("4 0 s f", 77)]
    public void A_last_block_may_be_partial_and_its_padding_stands_for_zero(string name, int columns)
    {
        Gaussians gaussians = new(8);
        float[] weights = gaussians.Weights(20, columns);
        float[] inputs = gaussians.Rows(gaussians.Root(columns, 1), columns, 500);
        RowGrid grid = SolverTests.Grid(name, columns);
        SolvedWeight solved = SolverTests.Solve(grid, weights, inputs);
        Assert.Equal(SolveMethod.Gptq, solved.Method);
        Assert.True(solved.RelativeError < SolverTests.Solve(grid, weights, inputs, SolveMethod.Importance).RelativeError);

        // As an operator reads it: (code − zero point) · scale, whole blocks, zero points without any offset.
        OnnxWeightFormat.Blocks format = SolverTests.Format(name);
        int block = format.BlockSize == 0 ? columns : format.BlockSize;
        int blocks = (columns + block - 1) / block;
        for (int row = 0; row < 20; row++)
        {
            for (int j = 0; j < (format.BlockSize == 0 ? columns : blocks * block); j++)
            {
                int code = Code(solved.Values.AsSpan(row * grid.ValueBytes), j, format.Bits);
                int zero = format.Symmetric ? 1 << (format.Bits - 1) : Code(solved.Zeros.AsSpan(row * grid.ZeroBytes), j / block, format.Bits);
                int at = (row * blocks) + (j / block);
                float scale = format.ScaleType == OnnxElementType.Float16
                    ? (float)BitConverter.ToHalf(solved.Scales, at * 2)
                    : BitConverter.ToSingle(solved.Scales, at * 4);
                Assert.Equal(j < columns ? solved.Decoded[(row * columns) + j] : 0, (code - zero) * scale);
            }
        }
    }

    [Fact]
    public void Where_the_nearest_codes_are_better_they_are_kept()
    {
        int kept = 0;
        for (int seed = 0; seed < 400; seed++)
        {
            Gaussians gaussians = new(seed);
            float[] weights = gaussians.Weights(1, 16);
            InputMoments moments = new(16);
            moments.Add(gaussians.Rows(gaussians.Root(16, 0.3), 16, 200));
            SolvedWeight solved = One(Task(moments, null, "4 16 s f", weights, 16), Options with { Damping = 1e-6, Shrinkage = 0 });
            SolvedWeight rounded = One(Task(moments, null, "4 16 s f", weights, 16), Options with { Method = SolveMethod.Importance });
            Assert.True(solved.Error <= rounded.Error * 1.0001, $"seed {seed}: {solved.Error} after {rounded.Error}");
            if (solved.Fallback == SolveFallback.RoundingBetter)
            {
                kept++;
                Assert.Equal(rounded.Values, solved.Values);
                Assert.False(solved.FellBack);
                Assert.Equal(SolveMethod.Importance, solved.Method);
            }
        }

        Assert.InRange(kept, 1, 200);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(5)]
    public void The_bytes_do_not_depend_on_the_number_of_threads(int threads)
    {
        Gaussians gaussians = new(9);
        float[] root = gaussians.Root(256, 1);
        SolveTask[] tasks =
        [
            .. Enumerable.Range(0, 3).Select(_ =>
            {
                InputMoments moments = new(256);
                moments.Add(gaussians.Rows(root, 256, 300), threads: threads);
                return new SolveTask(moments, null,
                [
                    new("gate", RowGrid.For(QuantType.Q4_K, 256), 100, gaussians.Weights(100, 256)),
                    new("up", RowGrid.For(QuantType.Q6_K, 256), 49, gaussians.Weights(49, 256)),
                ]);
            }),
        ];
        var solved = Solver.SolveGroup(tasks, Options with { Threads = threads, MemoryBytes = threads == 5 ? 1 : 0 }, TestContext.Current.CancellationToken);
        for (int i = 0; i < tasks.Length; i++)
        {
            IReadOnlyList<SolvedWeight> alone = Solver.Solve(tasks[i], Options with { Threads = 1 }, TestContext.Current.CancellationToken);
            Assert.Equal(["gate", "up"], solved[i].Select(static s => s.Name));
            for (int w = 0; w < alone.Count; w++)
            {
                Assert.Equal(alone[w].Values, solved[i][w].Values);
                Assert.Equal(alone[w].Error, solved[i][w].Error);
            }
        }
    }

    [Fact]
    public void What_cannot_be_solved_is_refused_by_name()
    {
        float[] weights = new float[512];
        weights[300] = float.NaN;
        Assert.Equal("w: value 300 is not a finite number", Assert.Throws<ModelPackException>(() => One(Task(null, null, "q4_k", weights, 256), Options)).Message);
        Assert.Equal("100 columns; q4_k needs a multiple of 256", Assert.Throws<ModelPackException>(() => RowGrid.For(QuantType.Q4_K, 100)).Message);
        Assert.StartsWith("f16: codes cannot be chosen", Assert.Throws<ModelPackException>(() => RowGrid.For(QuantType.F16, 256)).Message, StringComparison.Ordinal);
        Assert.False(RowGrid.Supports(QuantType.F16));
        Assert.Contains("moments: 4 columns", Assert.Throws<ArgumentException>(() => One(Task(new(4), null, "q4_0", new float[64], 32), Options)).Message);
        SolveTask odd = new(null, null, [new("w", RowGrid.For(QuantType.Q4_0, 32), 3, new float[64])]);
        Assert.Contains("w: 64 values; expected 96", Assert.Throws<ArgumentException>(() => One(odd, Options)).Message);
        Assert.Throws<OperationCanceledException>(() => Solver.Solve(Task(null, null, "q4_0", new float[64], 32), Options, new(canceled: true)));
    }

    private static SolvedWeight One(SolveTask task, SolveOptions options) => Solver.Solve(task, options, TestContext.Current.CancellationToken)[0];

    private static SolveTask Task(InputMoments? own, InputMoments? prior, string grid, float[] weights, int columns) =>
        new(own, prior, [new("w", SolverTests.Grid(grid, columns), weights.Length / columns, weights)]);

    private static int Code(ReadOnlySpan<byte> bytes, int index, int bits) =>
        bits == 8 ? bytes[index] : (bytes[index / 2] >> (index % 2 * 4)) & 15;
}
