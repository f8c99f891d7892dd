using ModelPack.Models.Architectures;
using ModelPack.Models.Checkpoints;
using ModelPack.Models.Conversion;
using ModelPack.Quantize.Budget;
using ModelPack.Quantize;
using ModelPack.Quantize.Calibration;
using ModelPack.Runtime;
using ModelPack.Tests.Runtime;
using ModelPack.Tests.Support;

namespace ModelPack.Tests.Quantize.Budget;

public sealed class SensitivityTests
{
    private static readonly TensorKind[] Down = [TensorKind.ExpertDown];

    [Fact]
    public void Between_measured_layers_the_logarithm_is_interpolated_and_outside_the_nearest_counts()
    {
        MeasuredSensitivity sensitivity = new();
        sensitivity.Add(TensorKind.ExpertDown, 2, 0.01, 1);
        sensitivity.Add(TensorKind.ExpertDown, 6, 1.0, 1);
        Assert.Equal(0.01, sensitivity.Factor(new(TensorKind.ExpertDown, 0), 5), 12);
        Assert.Equal(0.01, sensitivity.Factor(new(TensorKind.ExpertDown, 2), 5), 12);
        Assert.Equal(0.1, sensitivity.Factor(new(TensorKind.ExpertDown, 4), 5), 12);
        Assert.Equal(1.0, sensitivity.Factor(new(TensorKind.ExpertDown, 9), 5), 12);
    }

    [Fact]
    public void What_was_not_measured_counts_by_its_share_of_the_energy()
    {
        Assert.Equal(0.25, new MeasuredSensitivity().Factor(new(TensorKind.AttentionQuery, 1), 4));
        Assert.Equal(0, Sensitivity.Even.Factor(new(TensorKind.AttentionQuery, 1), 0));
    }

    [Fact]
    public void A_probe_finds_what_each_kind_of_weight_does_to_the_output()
    {
        using Checkpoint checkpoint = Checkpoint.Open(RepositoryFolder.Join("samples", "tiny-qwen3moe"), TestContext.Current.CancellationToken);
        ModelWeights weights = ModelWeights.Of(checkpoint);
        int[][] windows = [[.. Enumerable.Range(0, 96).Select(static i => (i * 37) % 2048)]];
        using LayerPass pass = LayerPass.Open(weights, new RunnerOptions { Device = "cpu", Threads = 2 });
        MeasuredSensitivity measured = SensitivityProbe.Measure(pass, weights, windows, 96, halves: false, null, TestContext.Current.CancellationToken);

        // Rounding one kind alone must change the output about as much as its factor times its error says.
        ErrorInjection injection = new(weights, 1, Down);
        SampledLogits before = new(2048, windows, 256);
        SampledLogits after = new(2048, windows, 256);
        pass.Run(windows, null, before.Keep, null, TestContext.Current.CancellationToken);
        pass.Run(windows, injection, after.Keep, null, TestContext.Current.CancellationToken);
        double divergence = before.DivergenceFrom(after);
        Assert.InRange(divergence, 1e-6, 1);
        Assert.Equal(divergence, measured.Factor(new(TensorKind.ExpertDown, 1), 1) * injection.Loss, divergence * 1e-3);
    }

    [Fact]
    public void An_injection_rounds_the_named_weights_only()
    {
        using Checkpoint checkpoint = Checkpoint.Open(RepositoryFolder.Join("samples", "tiny-qwen3moe"), TestContext.Current.CancellationToken);
        ModelWeights weights = ModelWeights.Of(checkpoint);
        int[][] windows = [[.. Enumerable.Range(1, 64)]];
        Recorder recorder = new(new ErrorInjection(weights, 1, Down));
        using LayerPass pass = LayerPass.Open(weights, new RunnerOptions { Device = "cpu", Threads = 2 });
        pass.Run(windows, recorder, null, null, TestContext.Current.CancellationToken);
        Assert.NotEmpty(recorder.Replaced);
        Assert.All(recorder.Replaced, static r => Assert.Equal((TensorKind.ExpertDown, 1), (r.Kind, r.Layer)));
    }

    // As GGUF has kv_b: each half is rounded on its own, the keys' with what its head's queries are.
    [Theory]
    [InlineData(TensorKind.AttentionKeyUp)]
    [InlineData(TensorKind.AttentionValueUp)]
    public void The_halves_of_latent_keys_and_values_are_measured_apart(TensorKind kind)
    {
        using Checkpoint checkpoint = Checkpoint.Open(SharedFolder.Require("fixtures/kimik2"), TestContext.Current.CancellationToken);
        ModelWeights weights = ModelWeights.Of(checkpoint);
        int vocabulary = weights.Spec.VocabularySize;
        int[][] windows = [[.. Enumerable.Range(0, 64).Select(i => i * 37 % vocabulary)]];
        using LayerPass pass = LayerPass.Open(weights, new RunnerOptions { Device = "cpu", Threads = 2 });
        MeasuredSensitivity measured = SensitivityProbe.Measure(pass, weights, windows, 64, halves: true, null, TestContext.Current.CancellationToken);
        ErrorInjection injection = new(weights, 1, [kind]);
        SampledLogits before = new(vocabulary, windows, 256);
        SampledLogits after = new(vocabulary, windows, 256);
        pass.Run(windows, null, before.Keep, null, TestContext.Current.CancellationToken);
        pass.Run(windows, injection, after.Keep, null, TestContext.Current.CancellationToken);
        double divergence = before.DivergenceFrom(after);
        Assert.InRange(divergence, 1e-6, 1);
        Assert.Equal(divergence, measured.Factor(new(kind, 1), 1) * injection.Loss, divergence * 1e-3);

        // Nobody measured the whole.
        Assert.Equal(0.25, measured.Factor(new(TensorKind.AttentionKeyValueUp, 1), 4));
    }

    [Fact]
    public void Heads_with_one_count_of_tokens_saw_all_of_them()
    {
        TensorRole role = new(TensorKind.AttentionKeyUp, 0);
        ArraySource weights = new([.. Enumerable.Range(0, 4 * 3 * 32).Select(static i => MathF.Sin(i))], 32);
        float[] importance = [.. Enumerable.Range(0, 4 * 32).Select(static i => 1f + (i % 7))];
        double[][] Losses(params float[] counts) => ItemLoss.Of(
            role, weights, new("k_b", importance.Length / counts.Length, counts.Length, importance, counts),
            static () => [RoundingLoss.Of(QuantType.Q4_0, 32)], Flat.Instance, TestContext.Current.CancellationToken);
        Assert.Equal(Losses(500, 500, 500, 500), Losses(500));
        Assert.True(Losses(500)[0][0] > 0);
    }

    private sealed class Flat : Sensitivity
    {
        public static Flat Instance { get; } = new();

        public override double Factor(TensorRole role, double energy) => 1;
    }

    private sealed class Recorder(ErrorInjection injection) : ILinearVisitor
    {
        public List<TensorRole> Replaced { get; } = [];

        public void Begin(int firstLayer) => injection.Begin(firstLayer);

        public bool Wants(LinearPlace place) => injection.Wants(place);

        public int NearMisses(LinearInput input, int routed) => injection.NearMisses(input, routed);

        public void Visit(
            LinearInput input,
            ReadOnlySpan<float> rows,
            ReadOnlySpan<float> gates,
            RowSample sample) => injection.Visit(input, rows, gates, sample);

        public IReadOnlyDictionary<TensorRole, ReadOnlyMemory<float>>? Complete(
            IReadOnlyList<LinearInput> inputs, CancellationToken cancel)
        {
            IReadOnlyDictionary<TensorRole, ReadOnlyMemory<float>>? replaced = injection.Complete(inputs, cancel);
            Replaced.AddRange(replaced?.Keys ?? []);
            return replaced;
        }

        public void LayerDone(int layer) => injection.LayerDone(layer);
    }
}
