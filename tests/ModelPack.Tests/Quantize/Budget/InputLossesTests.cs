using ModelPack.Models.Architectures;
using ModelPack.Quantize;
using ModelPack.Quantize.Budget;
using ModelPack.Quantize.Calibration;
using ModelPack.Quantize.Solving;
using ModelPack.Tests.Quantize.Solving;
using ModelPack.Tests.Runtime;

namespace ModelPack.Tests.Quantize.Budget;

/// <summary>Losses that a budget predicts for GPTQ, against what the solver then leaves.</summary>
public sealed class InputLossesTests
{
    private const int Columns = 256;
    private const int Rows = 64;

    // Own rows as they are: what is predicted is the error under the Hessian that the solver uses, shrinkage and damping included.
    private static readonly SolveOptions Options = new() { Threads = 2, Shrinkage = 0 };

    private static readonly DecoderSpec Spec = MadeUpWeights.Specs["experts by softmax, not normalized"];

    // The decay of the spectrum of what enters: 0 is white noise, where nothing can be handed on; at 2 damping is felt.
    [Theory]
    [InlineData("q2_k", 1.0, 1.25)]
    [InlineData("q4_0", 1.0, 1.25)]
    [InlineData("q4_k", 0.0, 1.25)]
    [InlineData("q4_k", 0.5, 1.25)]
    [InlineData("q4_k", 1.0, 1.25)]
    [InlineData("q4_k", 2.0, 2)]
    [InlineData("q5_k", 1.0, 1.25)]
    [InlineData("q6_k", 1.0, 1.25)]
    [InlineData("q8_0", 1.0, 1.25)]
    [InlineData("q8_0", 2.0, 2)]
    public void The_predicted_loss_is_near_the_solver_s_and_nearer_than_that_of_rounding(string type, double decay, double most)
    {
        Problem problem = new(7, decay, 2048);
        (double rounded, double predicted) = problem.Predict(type);
        double actual = problem.Solve(type);
        Assert.True(
            Math.Abs(Math.Log(predicted / actual)) <= Math.Abs(Math.Log(rounded / actual)) + 0.02,
            $"solved {actual:E3}, predicted {predicted:E3}, rounded {rounded:E3}");
        Assert.InRange(predicted / actual, 0.8, most);
    }

    [Fact]
    public void Correlated_inputs_make_a_tensor_look_worse_than_it_is_and_a_budget_is_not_deceived()
    {
        // More error when rounded, less when solved: its columns say nearly the same.
        Problem correlated = new(11, 3, 2048, scale: 1.6f);
        Problem independent = new(12, 0, 2048);
        (double rounded, double predicted)[] low = [correlated.Predict("q4_k"), independent.Predict("q4_k")];
        (double rounded, double predicted)[] high = [correlated.Predict("q8_0"), independent.Predict("q8_0")];
        double[] solved = [correlated.Solve("q4_k"), independent.Solve("q4_k")];
        Assert.True(low[0].rounded > low[1].rounded && solved[0] < solved[1], $"{low[0]} {low[1]}, solved {solved[0]} {solved[1]}");

        Assert.Equal([1, 0], Choose(static loss => loss.Rounded));
        Assert.Equal([0, 1], Choose(static loss => loss.Predicted));

        IReadOnlyList<int> Choose(Func<(double Rounded, double Predicted), double> loss) => Knapsack.Choose(
            [.. low.Zip(high, (a, b) => new BudgetItem("w", 0, [new("q4_k", 100, loss(a)), new("q8_0", 200, loss(b))]))], 300).Choices;
    }

    [Fact]
    public void Experts_without_a_token_are_counted_by_the_layer_s_inputs()
    {
        LinearInput seen = Input(0);
        LinearInput silent = Input(1);
        Gaussians gaussians = new(5);
        float[] rows = gaussians.Rows(gaussians.Root(Columns, 1), Columns, 600);
        InputLosses losses = new(Spec, static _ => true, Options with { Shrinkage = 1 });
        losses.Begin(0);
        losses.Visit(new(LinearPlace.RouterInput, 0, null, Columns, []), rows, default, RowSample.Routed);
        losses.Visit(seen, rows, [.. Enumerable.Repeat(0.5f, 600)], RowSample.Routed);
        losses.Complete([seen, silent], TestContext.Current.CancellationToken);
        losses.LayerDone(0);

        Assert.Equal(0.25, losses.MeanGate(seen.Weights[0])!.Value, 6);
        Assert.Null(losses.MeanGate(silent.Weights[0]));
        Assert.All(losses.Pivots(silent.Weights[0])!, static p => Assert.True(p > 0));

        // A layer later nothing of this one is left to shrink towards.
        LinearInput later = new(LinearPlace.ExpertInput, 1, 0, Columns, [new(TensorKind.ExpertGate, 1, 0)]);
        losses.Complete([later], TestContext.Current.CancellationToken);
        Assert.Null(losses.Pivots(later.Weights[0]));

        static LinearInput Input(int expert) => new(LinearPlace.ExpertInput, 0, expert, Columns, [new(TensorKind.ExpertGate, 0, expert)]);
    }

    [Fact]
    public void What_is_not_solved_has_no_pivots_and_keeps_the_losses_of_rounding()
    {
        Problem problem = new(3, 1, 512, isSolved: false);
        (double rounded, double predicted) = problem.Predict("q4_k");
        Assert.Equal(rounded, predicted);
    }

    [Fact]
    public void A_type_whose_codes_cannot_be_chosen_keeps_the_losses_of_rounding()
    {
        (double rounded, double predicted) = new Problem(3, 1, 512).Predict("q3_k");
        Assert.Equal(rounded, predicted);
    }

    private sealed class Problem
    {
        private static readonly TensorRole Role = new(TensorKind.AttentionQuery, 0);
        private static readonly LinearInput Input = new(LinearPlace.AttentionInput, 0, null, Columns, [Role]);

        private readonly float[] _weights;
        private readonly InputMoments _moments = new(Columns);
        private readonly InputLosses _losses;

        public Problem(int seed, double decay, int tokens, float scale = 1, bool isSolved = true)
        {
            Gaussians gaussians = new(seed);
            _weights = gaussians.Weights(Rows, Columns);
            float[] rows = decay == 0 ? gaussians.Normal(tokens * Columns) : gaussians.Rows(gaussians.Root(Columns, decay), Columns, tokens);

            // The same mean square for every spectrum.
            double power = rows.Average(static r => (double)r * r);
            rows = [.. rows.Select(r => (float)(r * scale / Math.Sqrt(power)))];
            _moments.Add(rows);
            _losses = new(Spec, _ => isSolved, Options);
            _losses.Begin(0);
            _losses.Visit(Input, rows, default, RowSample.Routed);
            _losses.Complete([Input], TestContext.Current.CancellationToken);
        }

        public (double Rounded, double Predicted) Predict(string name)
        {
            QuantType type = QuantType.Parse(name);
            float[] importance = [.. _moments.SquareSums.ToArray().Select(s => (float)(s / _moments.Rows))];
            RoundingLoss.Candidate[] types = [new(RoundingLoss.Of(type, Columns), RowGrid.Supports(type))];
            ArraySource source = new(_weights, Columns);
            return (RoundingLoss.Measure(source, 0, Rows, importance, null, types).Losses[0],
                RoundingLoss.Measure(source, 0, Rows, importance, _losses.Pivots(Role), types).Losses[0]);
        }

        public double Solve(string name) => Solver.Solve(
            new(_moments, null, [new("w", RowGrid.For(QuantType.Parse(name), Columns), Rows, _weights)]),
            Options,
            TestContext.Current.CancellationToken)[0].Error;
    }
}
