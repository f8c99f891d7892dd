using ModelPack.Quantize.Kernels.Matrices;
using ModelPack.Quantize.Solving;
using ModelPack.Quantize.Solving.Engines;
using ModelPack.Runtime.Solving;
using ModelPack.Tests.Quantize.Solving;

namespace ModelPack.Tests.Runtime.Solving;

/// <summary>The engine's products, on ONNX Runtime's CPU provider, against the solver's own kernels.</summary>
public sealed class OrtMatrixEngineTests
{
    [Theory]
    [InlineData(1, 1)]
    [InlineData(7, 3)]
    [InlineData(128, 128)]
    [InlineData(200, 129)]
    [InlineData(320, 5000)]
    public void Gram_matrices_are_those_of_the_CPU(int columns, int count)
    {
        Gaussians gaussians = new(columns);
        float[] rows = gaussians.Rows(gaussians.Root(columns, 1), columns, count);
        using OrtMatrixEngine engine = OrtMatrixEngine.Open("cpu", 2);
        InputMoments expected = new(columns);
        InputMoments actual = new(columns, engine.CreateGram(columns));

        // Twice: what is there is added to, also after it was read.
        foreach (float[] part in (float[][])[rows, rows[..columns]])
        {
            expected.Add(part, threads: 2);
            actual.Add(part, threads: 2);
            AssertClose(expected, actual);
        }

        actual.Release();
        Assert.Equal(expected.SquareSums, actual.SquareSums);
        Assert.Equal((expected.Rows, expected.Power), (actual.Rows, actual.Power));
    }

    [Fact]
    public void Rows_that_are_not_finite_are_left_out_and_counted_as_on_the_CPU()
    {
        float[] rows = new Gaussians(1).Normal(64 * 300);
        (rows[5], rows[64 * 100], rows[(64 * 299) + 63]) = (float.NaN, float.PositiveInfinity, 2e15f);
        float[] gates = [.. Enumerable.Range(0, 300).Select(static i => i == 7 ? float.NaN : 0.5f)];
        using OrtMatrixEngine engine = OrtMatrixEngine.Open("cpu", 2);
        InputMoments expected = new(64);
        InputMoments actual = new(64, engine.CreateGram(64));
        expected.Add(rows, gates);
        actual.Add(rows, gates, threads: 2);
        Assert.Equal((297, 3, expected.GateSquares), (actual.Rows, actual.Dropped, actual.GateSquares));
        AssertClose(expected, actual);
        actual.Release();
    }

    [Fact]
    public void Moments_on_a_device_can_be_merged_with_others()
    {
        Gaussians gaussians = new(3);
        float[][] rows = [gaussians.Normal(40 * 64), gaussians.Normal(9 * 64)];
        using OrtMatrixEngine engine = OrtMatrixEngine.Open("cpu", 2);
        InputMoments expected = new(64);
        InputMoments[] parts = [new(64, engine.CreateGram(64)), new(64, engine.CreateGram(64))];
        for (int i = 0; i < 2; i++)
        {
            expected.Add(rows[i]);
            parts[i].Add(rows[i]);
        }

        parts[0].Merge(parts[1]);
        parts[1].Release();
        AssertClose(expected, parts[0]);
        expected.Add(rows[0]);
        parts[0].Add(rows[0]);
        AssertClose(expected, parts[0]);
    }

    [Theory]
    [InlineData(32, 1)]
    [InlineData(128, 2)]
    [InlineData(129, 1)]
    [InlineData(400, 3)]
    public void Factors_are_those_of_the_CPU(int columns, int members)
    {
        using OrtMatrixEngine engine = OrtMatrixEngine.Open("cpu", 2);
        TaskSetup[] setups =
        [
            .. Enumerable.Range(0, members).Select(m =>
            {
                Gaussians gaussians = new(m + columns);
                float[] root = gaussians.Root(columns, 1, outliers: 2);
                InputMoments own = new(columns);
                own.Add(gaussians.Rows(root, columns, 1 + (m * 3 * columns)));
                InputMoments prior = new(columns);
                prior.Add(gaussians.Rows(root, columns, 2 * columns));
                return new TaskSetup(
                    new(own, m == 1 ? null : prior, [new("w", SolverTests.Grid("8 0 s f", columns), 1, new float[columns])]), new() { Threads = 2 });
            }),
        ];
        using IHessianGroup group = engine.Open(columns, members, 16);
        using GroupSolver solver = new(engine, group, setups, 16, new() { Threads = 2 }, TestContext.Current.CancellationToken);
        GroupFactors factors = solver.Factor();
        for (int m = 0; m < members; m++)
        {
            ShrunkHessian hessian = setups[m].Hessian;
            using FeedbackFactor expected = FeedbackFactor.Of(hessian.ActivationOrder(), hessian.Row, setups[m].AddedBy(setups[m].Damping), 2, TestContext.Current.CancellationToken)!;
            Assert.Equal(expected.Order, factors.Orders[m]);
            for (int k = 0; k < columns; k++)
            {
                Assert.Equal(expected.Pivots[k], factors.Pivots[m][k], 2e-3 * expected.Pivots[k]);
            }

            double difference = 0;
            double norm = 0;
            for (int block = 0; block < factors.Blocks; block++)
            {
                for (int i = 0; i < factors.Place(block).Count; i++)
                {
                    ReadOnlySpan<float> wanted = CornerRow(expected, block, i, factors.Place(block).Count);
                    ReadOnlySpan<float> found = factors.SharesOf(block, m, i);
                    for (int j = 0; j < wanted.Length; j++)
                    {
                        difference += Math.Pow(wanted[j] - (double)found[j], 2);
                        norm += Math.Pow(wanted[j], 2);
                    }
                }
            }

            Assert.True(difference <= 1e-6 * norm, $"{Math.Sqrt(difference / norm)}");
        }
    }

    [Fact]
    public void A_group_of_a_layer_stays_within_the_memory_that_is_stated()
    {
        // Qwen3-30B-A3B: all experts at once, with the Gram matrices of the inputs.
        int most = GroupMemory.MostMembers(2048, 2 * 768, 64, OrtMatrixEngine.GroupBytes, uint.MaxValue, 0);
        Assert.True(most >= 128, $"{most}");
        Assert.InRange(GroupMemory.DeviceBytes(2048, 2 * 768, 128) + (129 * GroupMemory.GramBytes(2048)), 6_000_000_000, 12_000_000_000);
        Assert.True(GroupMemory.MostMembers(768, 2048, 24, OrtMatrixEngine.GroupBytes, uint.MaxValue, 0) >= 128);

        // DeepSeek-V3: a part of the experts.
        most = GroupMemory.MostMembers(7168, 2 * 2048, 224, OrtMatrixEngine.GroupBytes, uint.MaxValue, 0);
        Assert.InRange(most, 8, 20);
        Assert.InRange(GroupMemory.DeviceBytes(7168, 2 * 2048, most) + OrtMatrixEngine.GramBytes, 1, 24_000_000_000);
        Assert.True(GroupMemory.PieceBytes(7168, 2 * 2048, most) <= uint.MaxValue);
    }

    [Theory]
    [InlineData(1_000_000, 1_000_000_000, 0, 0)]
    [InlineData(1_000_000_000, 4 * 256 * 256, 0, 1)]
    [InlineData(1_000_000_000, 4 * 256 * 256, 1, 1)]
    [InlineData(1_000_000_000, (4 * 256 * 256) - 1, 0, 0)]
    [InlineData(1_000_000_000, 1_000_000_000, 1, 1)]
    public void As_many_members_are_taken_as_each_bound_allows(long device, long piece, long host, int expected) =>
        Assert.Equal(expected, GroupMemory.MostMembers(256, 16, 8, device, piece, host));

    private static unsafe ReadOnlySpan<float> CornerRow(FeedbackFactor factor, int block, int row, int count) =>
        new(factor.Corner(block) + (row * FeedbackFactor.CornerStride), count);

    private static void AssertClose(InputMoments expected, InputMoments actual)
    {
        for (int i = 0; i < expected.Columns; i++)
        {
            ReadOnlySpan<float> wanted = expected.GramRow(i);
            ReadOnlySpan<float> found = actual.GramRow(i);
            for (int j = 0; j < wanted.Length; j++)
            {
                // Relative to what is added up: products of both signs cancel.
                double size = Math.Sqrt(expected.SquareSums[i] * expected.SquareSums[j]);
                Assert.Equal(wanted[j], found[j], 1e-5 * size);
            }
        }
    }
}
