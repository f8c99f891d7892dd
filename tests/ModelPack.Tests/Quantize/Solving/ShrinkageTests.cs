using ModelPack.Models.Onnx;
using ModelPack.Models.Onnx.Export;
using ModelPack.Quantize.Solving;

namespace ModelPack.Tests.Quantize.Solving;

/// <summary>Experts that saw few tokens: seven tenths of an expert's covariance are the layer's, the rest is its own.</summary>
public sealed class ShrinkageTests
{
    private const int Columns = 256;
    private const int Rows = 96;

    private static readonly SolveOptions Options = new() { Threads = 2, MeasureError = false, Sweeps = 0 };

    private static readonly Lazy<Expert[]> Experts = new(static () => [new(11), new(12)]);

    [Theory]
    [InlineData(0.05)]
    [InlineData(0.25)]
    [InlineData(0.5)]
    [InlineData(1)]
    public void With_few_tokens_a_shrunk_Hessian_beats_the_own_one_and_rounding(double tokensPerColumn)
    {
        double shrunk = Mean(e => e.Error(e.Tokens(tokensPerColumn), e.Layer, 1));
        double own = Mean(e => e.Error(e.Tokens(tokensPerColumn), null, 0));
        double importance = Mean(e => e.Error(e.Tokens(tokensPerColumn), e.Layer, 1, SolveMethod.Importance));
        double rounding = Mean(e => e.Error(e.Tokens(tokensPerColumn), null, 1, SolveMethod.Rtn));
        Assert.True(shrunk < 0.9 * own, $"own Hessian {own:F3}, shrunk {shrunk:F3}");
        Assert.True(shrunk < 0.8 * importance, $"importance {importance:F3}, shrunk {shrunk:F3}");
        Assert.True(shrunk < 0.8 * rounding, $"rounding {rounding:F3}, shrunk {shrunk:F3}");
    }

    [Theory]
    [InlineData(0.05, 0.85)]
    [InlineData(0.25, 0.7)]
    [InlineData(0.5, 0.65)]
    [InlineData(1, 0.85)]
    [InlineData(8, 1.01)]
    public void Without_a_prior_trusting_the_diagonal_more_beats_the_own_Hessian_and_rounding(double tokensPerColumn, double share)
    {
        double shrunk = Mean(e => e.Error(e.Tokens(tokensPerColumn), null, 1));
        double own = Mean(e => e.Error(e.Tokens(tokensPerColumn), null, 0));
        double importance = Mean(e => e.Error(e.Tokens(tokensPerColumn), null, 1, SolveMethod.Importance));
        Assert.True(shrunk < share * own, $"own Hessian {own:F4}, shrunk {shrunk:F4}");
        Assert.True(shrunk < 0.95 * importance, $"importance {importance:F4}, shrunk {shrunk:F4}");
    }

    [Theory]
    [InlineData(0.05)]
    [InlineData(0.25)]
    [InlineData(0.5)]
    [InlineData(1)]
    [InlineData(8)]
    public void Sweeps_do_not_fit_the_codes_to_the_few_tokens_that_were_seen(double tokensPerColumn)
    {
        double prior = Mean(e => e.Error(e.Tokens(tokensPerColumn), e.Layer, 1, sweeps: 2)) / Mean(e => e.Error(e.Tokens(tokensPerColumn), e.Layer, 1));
        double alone = Mean(e => e.Error(e.Tokens(tokensPerColumn), null, 1, sweeps: 2)) / Mean(e => e.Error(e.Tokens(tokensPerColumn), null, 1));
        Assert.True(prior < 1 && alone < 1, $"{prior:F4} of the error with a prior, {alone:F4} without");
    }

    [Fact]
    public void A_few_near_misses_for_a_prior_are_no_worse_than_none()
    {
        double with = Mean(static e => e.Error(e.Tokens(0.25), e.NearMisses, 1));
        double without = Mean(static e => e.Error(e.Tokens(0.25), null, 1));
        Assert.True(with < without, $"without {without:F4}, with {with:F4}");
    }

    [Fact]
    public void With_many_tokens_shrinking_costs_nothing()
    {
        double shrunk = Mean(static e => e.Error(e.Tokens(8), e.Layer, 1));
        double own = Mean(static e => e.Error(e.Tokens(8), null, 0));
        Assert.InRange(shrunk / own, 0, 1.02);
    }

    [Fact]
    public void An_expert_that_nobody_visited_gets_the_prior_and_not_the_identity()
    {
        Expert expert = Experts.Value[0];
        SolvedWeight none = expert.Solve(null, expert.Layer, 1);
        SolvedWeight empty = expert.Solve(new(Columns), expert.Layer, 1);
        SolvedWeight prior = Solver.Solve(new(expert.Layer, null, [expert.Weight]), Options with { Damping = 0.05 }, TestContext.Current.CancellationToken)[0];
        Assert.Equal((SolveMethod.Gptq, SolveFallback.None, 0d, 0L), (none.Method, none.Fallback, none.Lambda, none.Tokens));
        Assert.Equal(prior.Values, none.Values);
        Assert.Equal(prior.Values, empty.Values);
        double rounding = expert.Error(null, null, 1, SolveMethod.Rtn);
        Assert.True(expert.Error(null, expert.Layer, 1) < 0.9 * rounding);
    }

    [Theory]
    [InlineData(0, 1, 0)]
    [InlineData(64, 1, 0.2)]
    [InlineData(256, 1, 0.5)]
    [InlineData(256, 3, 0.25)]
    [InlineData(256, 0, 1)]
    public void Lambda_is_the_share_of_the_own_tokens(int tokens, double shrinkage, double lambda)
    {
        InputMoments own = new(Columns);
        own.Add(new Gaussians(1).Normal(tokens * Columns));
        ShrunkHessian hessian = new(Columns, own, Experts.Value[0].Layer, shrinkage);
        Assert.Equal(lambda, hessian.Lambda, 1e-12);
    }

    [Fact]
    public void The_prior_is_scaled_to_the_power_of_the_own_rows()
    {
        InputMoments own = new(2);
        own.Add([2, 0, 2, 0]);
        InputMoments prior = new(2);
        prior.Add([10, 10]);
        ShrunkHessian hessian = new(2, own, prior, 1);
        float[] row = new float[2];
        hessian.Row(0, row);

        // Half of [4 0; 0 0] and half of 4/200 · [100 100; 100 100]; what is beside the diagonal counts for three rows of four.
        Assert.Equal([3f, 0.75f], row);
        Assert.Equal([3f, 1f], hessian.Diagonal);
        Assert.Equal(4, hessian.Trace, 1e-6);
    }

    [Fact]
    public void Experts_without_enough_tokens_are_damped_more()
    {
        Expert expert = Experts.Value[0];
        Assert.Equal(0.05, expert.Solve(expert.Tokens(0.5), expert.Layer, 1).Damping);
        Assert.Equal(0.01, expert.Solve(expert.Tokens(8), expert.Layer, 1).Damping);
    }

    private static double Mean(Func<Expert, double> error) => Experts.Value.Average(error);

    private sealed class Expert
    {
        private readonly Dictionary<double, InputMoments> _moments = [];
        private readonly int _seed;
        private readonly float[] _root;
        private readonly double[,] _truth;

        public Expert(int seed)
        {
            _seed = seed;
            Gaussians gaussians = new(seed);
            float[] layer = gaussians.Root(Columns, 1);
            _root = [.. layer.Select(static x => x * MathF.Sqrt(0.7f)), .. gaussians.Root(Columns, 1).Select(static x => x * MathF.Sqrt(0.3f))];
            _truth = NaiveGptq.Hessian(_root, Columns);
            Layer = new(Columns);
            Layer.Add(gaussians.Rows(layer, Columns, 16 * Columns));
            NearMisses.Add(gaussians.Rows(layer, Columns, 3 * Columns / 4));
            OnnxWeightFormat.Blocks format = new(4, 128, true, OnnxElementType.Float16);
            Weight = new("w", RowGrid.For(format, Columns), Rows, gaussians.Weights(Rows, Columns));
        }

        public InputMoments Layer { get; }

        public SolveWeight Weight { get; }

        /// <summary>Three rows for four columns, of the layer.</summary>
        public InputMoments NearMisses { get; } = new(Columns);

        public InputMoments Tokens(double perColumn)
        {
            if (!_moments.TryGetValue(perColumn, out InputMoments? moments))
            {
                _moments.Add(perColumn, moments = new(Columns));
                // A generator of their own: tests come in any order.
                int tokens = (int)(perColumn * Columns);
                moments.Add(new Gaussians((_seed * 100_003) + tokens).Rows(_root, Columns, tokens));
            }

            return moments;
        }

        public SolvedWeight Solve(InputMoments? own, InputMoments? prior, double shrinkage, SolveMethod method = SolveMethod.Gptq, int sweeps = 0) =>
            Solver.Solve(new(own, prior, [Weight]), Options with { Shrinkage = shrinkage, Method = method, Sweeps = sweeps })[0];

        /// <summary>Error on the covariance that tokens are drawn from, relative to the outputs.</summary>
        public double Error(InputMoments? own, InputMoments? prior, double shrinkage, SolveMethod method = SolveMethod.Gptq, int sweeps = 0) =>
            NaiveGptq.Error(Weight.Values.Span, Solve(own, prior, shrinkage, method, sweeps).Decoded, _truth)
            / NaiveGptq.Error(Weight.Values.Span, new float[Weight.Values.Length], _truth);
    }
}
