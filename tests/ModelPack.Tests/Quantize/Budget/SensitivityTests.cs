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
    public void A_probe_finds_what_is_saved_among_errors_everywhere_else()
    {
        using Checkpoint checkpoint = Checkpoint.Open(RepositoryFolder.Join("samples", "tiny-qwen3moe"), TestContext.Current.CancellationToken);
        ModelWeights weights = ModelWeights.Of(checkpoint);
        int[][] windows = [[.. Enumerable.Range(0, 96).Select(static i => (i * 37) % 2048)]];
        using LayerPass pass = LayerPass.Open(weights, new RunnerOptions { Device = "cpu", Threads = 2 });
        MeasuredSensitivity measured = SensitivityProbe.Measure(pass, weights, windows, 96, halves: false, null, TestContext.Current.CancellationToken);

        // All weights of layers rounded, then all but one kind of one layer: the difference is the factor times that kind's error.
        KeptPredictions reference = new(2048, windows, 96);
        pass.Run(windows, null, reference.Keep, null, TestContext.Current.CancellationToken);
        ErrorInjection all = new(weights, static r => r.Kind != TensorKind.Router);
        double[] whole = Divergences(all);
        double[] without = Divergences(new ErrorInjection(weights, static r => r.Kind != TensorKind.Router && !(r.Layer == 1 && Down.Contains(r.Kind))));
        double most = whole.Order().ElementAt((int)(0.99 * 95));
        double saved = whole.Average(d => Math.Min(d, most)) - without.Average(d => Math.Min(d, most));
        double loss = all.Losses.Where(static l => l.Key.Layer == 1 && Down.Contains(l.Key.Kind)).Sum(static l => l.Value);
        Assert.InRange(saved, 1e-6, 1);
        Assert.Equal(saved, measured.Factor(new(TensorKind.ExpertDown, 1), 1) * loss, saved * 1e-3);

        double[] Divergences(ErrorInjection injection) =>
            reference.Divergences(sink => pass.Run(windows, injection, sink, null, TestContext.Current.CancellationToken));
    }

    [Fact]
    public void No_kind_is_found_to_be_without_effect()
    {
        using Checkpoint checkpoint = Checkpoint.Open(RepositoryFolder.Join("samples", "tiny-qwen3moe"), TestContext.Current.CancellationToken);
        ModelWeights weights = ModelWeights.Of(checkpoint);
        using LayerPass pass = LayerPass.Open(weights, new RunnerOptions { Device = "cpu", Threads = 2 });

        // So few tokens that differences are noise, of either sign.
        MeasuredSensitivity measured = SensitivityProbe.Measure(pass, weights, [[5, 6, 7, 8]], 4, halves: false, null, TestContext.Current.CancellationToken);
        Assert.All(
            weights.Tensors.Keys.Where(static r => r.Layer is not null && r.Kind is TensorKind.AttentionQuery or TensorKind.AttentionOutput),
            role => Assert.True(measured.Factor(role, 1) > 0));
    }

    [Fact]
    public void An_injection_rounds_the_named_weights_only()
    {
        using Checkpoint checkpoint = Checkpoint.Open(RepositoryFolder.Join("samples", "tiny-qwen3moe"), TestContext.Current.CancellationToken);
        ModelWeights weights = ModelWeights.Of(checkpoint);
        int[][] windows = [[.. Enumerable.Range(1, 64)]];
        Recorder recorder = new(new ErrorInjection(weights, static r => r.Layer == 1 && Down.Contains(r.Kind)));
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
        KeptPredictions reference = new(vocabulary, windows, 64);
        pass.Run(windows, null, reference.Keep, null, TestContext.Current.CancellationToken);
        ErrorInjection all = new(weights, IsStored);
        double[] whole = Divergences(all);
        double[] without = Divergences(new ErrorInjection(weights, r => IsStored(r) && !(r.Layer == 1 && r.Kind == kind)));
        double most = whole.Order().ElementAt((int)(0.99 * (whole.Length - 1)));
        double mean = whole.Average(d => Math.Min(d, most));
        double loss = all.Losses.Where(l => l.Key.Layer == 1 && l.Key.Kind == kind).Sum(static l => l.Value);
        double saved = Math.Max(mean - without.Average(d => Math.Min(d, most)), 0);
        Assert.True(loss > 0);

        // What was saved, or a share of the tenth of the whole where that is less.
        Assert.InRange(measured.Factor(new(kind, 1), 1) * loss, Math.Max(saved * (1 - 1e-3), 1e-9), Math.Max(saved * (1 + 1e-3), 0.1 * mean));
        Assert.DoesNotContain(all.Losses.Keys, static r => r.Kind == TensorKind.AttentionKeyValueUp);

        // Nobody measured the whole.
        Assert.Equal(0.25, measured.Factor(new(TensorKind.AttentionKeyValueUp, 1), 4));

        static bool IsStored(TensorRole role) => role.Kind is not (TensorKind.Router or TensorKind.AttentionKeyValueUp);

        double[] Divergences(ErrorInjection injection) =>
            reference.Divergences(sink => pass.Run(windows, injection, sink, null, TestContext.Current.CancellationToken));
    }

    [Fact]
    public void Heads_with_one_count_of_tokens_saw_all_of_them()
    {
        TensorRole role = new(TensorKind.AttentionKeyUp, 0);
        ArraySource weights = new([.. Enumerable.Range(0, 4 * 3 * 32).Select(static i => MathF.Sin(i))], 32);
        float[] importance = [.. Enumerable.Range(0, 4 * 32).Select(static i => 1f + (i % 7))];
        double[][] Losses(params float[] counts) => ItemLoss.Of(
            role, weights, new("k_b", importance.Length / counts.Length, counts.Length, importance, counts),
            static () => [new(RoundingLoss.Of(QuantType.Q4_0, 32), true)], null, Flat.Instance, TestContext.Current.CancellationToken);
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
