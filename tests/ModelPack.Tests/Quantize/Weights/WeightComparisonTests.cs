using ModelPack.Models;
using ModelPack.Models.Architectures;
using ModelPack.Models.Conversion;
using ModelPack.Models.Tensors;
using ModelPack.Models.Tensors.Views;
using ModelPack.Quantize.Weights;

namespace ModelPack.Tests.Quantize.Weights;

public sealed class WeightComparisonTests
{
    private static readonly TensorRole Query = new(TensorKind.AttentionQuery, 0);

    [Fact]
    public void Errors_are_relative_to_the_references_weights()
    {
        WeightError error = Assert.Single(Compare(Weights((Query, Matrix(2, 2, 3, 4, 0))), Weights((Query, Matrix(2, 2, 3, 3, 1)))));
        Assert.Equal((2, 29, false), (error.Error, error.Power, error.Weighted));
        Assert.Equal(Math.Sqrt(2 / 29.0), error.Relative, 12);
    }

    [Fact]
    public void Columns_count_by_their_importance()
    {
        WeightError error = Assert.Single(Compare(Weights((Query, Matrix(2, 2, 3, 4, 0))), Weights((Query, Matrix(2, 2, 3, 3, 1))), _ => [0, 10]));
        Assert.Equal((10, 90, true), (error.Error, error.Power, error.Weighted));
    }

    [Theory]
    [InlineData(new[] { 0f, 0f })]
    [InlineData(new[] { 1f })]
    public void An_importance_that_says_nothing_is_not_used(float[] importance) =>
        Assert.False(Assert.Single(Compare(Weights((Query, Matrix(2, 2, 3, 4, 0))), Weights((Query, Matrix(2, 2, 3, 3, 1))), _ => importance)).Weighted);

    [Fact]
    public void Norms_and_biases_are_left_out_and_the_order_is_that_of_a_forward_pass()
    {
        (TensorRole, TensorSource)[] tensors =
        [
            (new(TensorKind.ExpertDown, 1, 1), Matrix(2, 1, 1)), (new(TensorKind.ExpertDown, 1, 0), Matrix(2, 1, 1)),
            (new(TensorKind.Router, 1), Matrix(2, 1, 1)), (Query, Matrix(2, 1, 1)), (Query with { Bias = true }, Matrix(2, 1, 1)),
            (new(TensorKind.AttentionNorm, 0), Matrix(2, 1, 1)), (new(TensorKind.Embedding), Matrix(2, 1, 1)), (new(TensorKind.Head), Matrix(2, 1, 1)),
        ];

        // A tied head is in one of them only.
        IReadOnlyList<WeightError> errors = Compare(Weights(tensors), Weights(tensors[..^1]));
        Assert.Equal(
            ["embedding", "layers.0.attention.q", "layers.1.router", "layers.1.experts.0.down", "layers.1.experts.1.down"],
            errors.Select(static e => e.Role.ToString()));
        Assert.All(errors, static e => Assert.Equal(0, e.Relative));
    }

    [Fact]
    public void Another_shape_is_named()
    {
        InvalidCheckpointException fault = Assert.Throws<InvalidCheckpointException>(() => Compare(Weights((Query, Matrix(2, 1, 1))), Weights((Query, Matrix(1, 1, 1)))));
        Assert.Equal("layers.0.attention.q: 2 × 1 weights; expected the 1 × 2 of the reference", fault.Message);
    }

    [Fact]
    public void Several_matrices_have_one_error_together()
    {
        Assert.Equal(0.5, WeightError.Of([new(Query, 1, 4, false), new(Query, 3, 12, true)]));
        Assert.Equal(0, WeightError.Of([new(Query, 0, 0, false)]));
    }

    private static IReadOnlyList<WeightError> Compare(ModelWeights reference, ModelWeights model, Func<TensorRole, IReadOnlyList<float>?>? importance = null) =>
        WeightComparison.Compare(reference, model, importance ?? (static _ => null), 2, TestContext.Current.CancellationToken);

    private static ModelWeights Weights(params (TensorRole Role, TensorSource Source)[] tensors) => new(
        new(2, 10, 64, 2, 1e-6, new(1e4, 4, RopeLayout.Halves, new RopeScaling.None()), true, []),
        tensors.ToDictionary(static t => t.Role, static t => t.Source),
        []);

    private static ReshapedSource Matrix(int columns, params float[] values) => new(new ConstantSource(values), columns);
}
