using ModelPack.Models.Architectures;
using ModelPack.Models.Conversion;
using ModelPack.Models.Tensors;
using ModelPack.Models.Tensors.Views;
using ModelPack.Quantize.Calibration;
using ModelPack.Runtime;

namespace ModelPack.Tests.Runtime;

/// <summary>What a visitor is shown, beside a decoder in plain loops; what it gives back is used.</summary>
public sealed class VisitorTests
{
    private const double Tolerance = 2e-4;

    [Theory]
    [MemberData(nameof(MadeUpWeights.Names), MemberType = typeof(MadeUpWeights))]
    public void Every_linear_layer_s_inputs_are_shown(string kind)
    {
        ModelWeights weights = MadeUpWeights.Of(MadeUpWeights.Specs[kind]);
        int[] tokens = MadeUpWeights.Tokens(13, 1);
        PlainDecoder plain = PlainDecoder.Run(weights, tokens);
        Recorder recorder = new();
        float[][] logits = Run(weights, [tokens], recorder);
        Near(plain.Logits.SelectMany(static r => r), logits[0]);
        Assert.Equal(0, recorder.First);
        Assert.Equal([0, 1], recorder.Done);
        foreach (((LinearPlace place, int layer, int? expert), List<(int Token, double Gate, double[] Row)> expected) in plain.Seen)
        {
            LinearInput input = recorder.Seen.Keys.Select(static k => k.Input).Single(i => (i.Place, i.Layer, i.Expert) == (place, layer, expert));
            List<(float Gate, float[] Row)> actual = recorder.Seen[(input, RowSample.Routed)];
            Assert.Equal(expected.Count, actual.Count);
            Near(expected.SelectMany(static r => r.Row), [.. actual.SelectMany(static r => r.Row)]);
            Near(expected.Select(static r => r.Gate), [.. actual.Select(static r => r.Gate)]);
            Assert.All(input.Weights, role => Assert.Equal(weights.Find(role).Columns, input.Columns));
        }

        Assert.Equal(plain.Seen.Count, recorder.Seen.Count);
    }

    [Theory]
    [InlineData("dense with every bias, full-width norm, sliding window, partial rotation")]
    [InlineData("latent attention with plain queries, dense")]
    public void A_window_longer_than_a_run_of_queries_is_one_sequence(string kind)
    {
        ModelWeights weights = MadeUpWeights.Of(MadeUpWeights.Specs[kind]);
        int[] tokens = MadeUpWeights.Tokens(300, 6);
        float[][] logits = Run(weights, [tokens[..5], tokens, tokens[..270]], null);
        double[] plain = [.. PlainDecoder.Run(weights, tokens).Logits.SelectMany(static r => r)];
        Near(plain, logits[1]);
        Near(plain.Take(270 * 50), logits[2]);
        Near(plain.Take(5 * 50), logits[0]);
    }

    [Theory]
    [MemberData(nameof(MadeUpWeights.Names), MemberType = typeof(MadeUpWeights))]
    public void Every_weight_has_one_place_and_every_place_is_completed_in_order(string kind)
    {
        DecoderSpec spec = MadeUpWeights.Specs[kind];
        ModelWeights weights = MadeUpWeights.Of(spec);
        Recorder recorder = new();
        Run(weights, [[1]], recorder);

        // One token leaves experts without rows: they are completed all the same.
        LinearInput[] completed = [.. recorder.Completed.SelectMany(static c => c)];
        TensorRole[] matrices =
        [
            .. weights.Tensors.Where(static t => t.Value.Rows > 1 && t.Key.Kind != TensorKind.Embedding).SelectMany(static t => WithHalves(t.Key)),
        ];
        Assert.Equal(matrices.Select(static r => $"{r}").Order(), completed.SelectMany(static i => i.Weights).Select(static r => $"{r}").Order());
        (int Layer, LinearPlace Place)[] order = [.. completed.Select(static i => (i.Layer, i.Place))];
        if (spec.Experts is null)
        {
            Assert.Equal(order.Order(), order);
        }

        Assert.Equal(order.Select(static o => o.Layer).Order(), order.Select(static o => o.Layer));
        Assert.Equal(LinearPlace.Head, completed[^1].Place);
    }

    [Theory]
    [MemberData(nameof(MadeUpWeights.Names), MemberType = typeof(MadeUpWeights))]
    public void Replaced_weights_are_computed_with(string kind)
    {
        ModelWeights weights = MadeUpWeights.Of(MadeUpWeights.Specs[kind]);
        Dictionary<TensorRole, float[]> replaced = [];
        Recorder recorder = new()
        {
            Replace = role => role.Kind == TensorKind.Router ? null : replaced[role] = Rounded(weights.Find(role)),
        };
        int[] tokens = MadeUpWeights.Tokens(13, 2);
        float[][] logits = Run(weights, [tokens], recorder);
        Dictionary<TensorRole, TensorSource> rounded = new(weights.Tensors);
        foreach ((TensorRole role, float[] values) in replaced.Where(r => weights.Tensors.ContainsKey(r.Key)))
        {
            rounded[role] = new ArraySource(values, weights.Tensors[role].Columns);
        }

        Assert.True(replaced.Count >= 8);
        ModelWeights expected = weights with { Tensors = rounded };
        Near(PlainDecoder.Run(expected, tokens).Logits.SelectMany(static r => r), logits[0]);
        float[] unreplaced = Run(weights, [tokens], null)[0];
        Assert.True(Distance(unreplaced.Select(static v => (double)v), logits[0]) > 10 * Tolerance);
    }

    // As GGUF has kv_b: the keys' half turned, head by head.
    [Theory]
    [InlineData("latent attention with plain queries, dense", true, false)]
    [InlineData("latent attention with plain queries, dense", false, true)]
    [InlineData("latent attention, experts in groups with a bias, a shared expert, YaRN", true, true)]
    public void A_half_of_latent_keys_and_values_is_replaced_alone(string kind, bool keys, bool values)
    {
        ModelWeights weights = MadeUpWeights.Of(MadeUpWeights.Specs[kind]);
        Recorder recorder = new()
        {
            Wanted = static place => place is LinearPlace.KeyQuery or LinearPlace.KeyValueLatent,
            Replace = role => (keys && role.Kind == TensorKind.AttentionKeyUp) || (values && role.Kind == TensorKind.AttentionValueUp)
                ? Rounded(weights.Find(role))
                : null,
        };
        int[] tokens = MadeUpWeights.Tokens(13, 2);
        float[] logits = Run(weights, [tokens], recorder)[0];
        Dictionary<TensorRole, TensorSource> rounded = new(weights.Tensors);
        for (int layer = 0; layer < 2; layer++)
        {
            TensorRole whole = new(TensorKind.AttentionKeyValueUp, layer);
            AttentionSpec.Latent a = (AttentionSpec.Latent)weights.Spec.Layers[layer].Attention;
            TensorSource key = Half(weights, whole with { Kind = TensorKind.AttentionKeyUp }, keys);
            TensorSource value = Half(weights, whole with { Kind = TensorKind.AttentionValueUp }, values);
            rounded[whole] = new JoinedRows(new TransposedHeads(key, a.KeyValueRank, 0, a.KeyValueRank), a.NopeSize, value, a.ValueSize);
        }

        Near(PlainDecoder.Run(weights with { Tensors = rounded }, tokens).Logits.SelectMany(static r => r), logits);
        Assert.True(Distance(Run(weights, [tokens], null)[0].Select(static v => (double)v), logits) > 10 * Tolerance);
    }

    [Theory]
    [InlineData("experts by softmax, not normalized")]
    [InlineData("latent attention, experts in groups with a bias, a shared expert, YaRN")]
    public void Near_misses_are_the_best_tokens_that_went_elsewhere(string kind)
    {
        ModelWeights weights = MadeUpWeights.Of(MadeUpWeights.Specs[kind]);
        int[] tokens = MadeUpWeights.Tokens(40, 3);
        PlainDecoder plain = PlainDecoder.Run(weights, tokens);
        List<int> asked = [];
        Recorder recorder = new()
        {
            Misses = (input, routed) =>
            {
                Assert.Equal(LinearPlace.ExpertInput, input.Place);
                asked.Add(routed);
                return input.Expert % 2 == 0 ? 7 : 0;
            },
        };
        Run(weights, [tokens], recorder);
        int experts = weights.Spec.Experts!.Count;
        Assert.Equal(2 * experts, asked.Count);
        Assert.Equal(2 * tokens.Length * weights.Spec.Experts.Active, asked.Sum());
        foreach (((LinearInput input, RowSample sample), List<(float Gate, float[] Row)> rows) in recorder.Seen.Where(static s => s.Key.Sample == RowSample.NearMiss))
        {
            Assert.True(input.Expert % 2 == 0);
            int expert = input.Expert!.Value;
            HashSet<int> routed = plain.Seen.TryGetValue((LinearPlace.ExpertInput, input.Layer, expert), out var seen) ? [.. seen.Select(static s => s.Token)] : [];
            Assert.Equal(Math.Min(7, tokens.Length - routed.Count), rows.Count);
            int[] best =
            [
                .. Enumerable.Range(0, tokens.Length).Where(t => !routed.Contains(t))
                    .OrderByDescending(t => plain.Scores[input.Layer][t][expert]).Take(7).Order(),
            ];
            Near(best.Select(t => plain.Scores[input.Layer][t][expert]), [.. rows.Select(static r => r.Gate)]);
            if (input.Place == LinearPlace.ExpertInput)
            {
                var all = plain.Seen[(LinearPlace.RouterInput, input.Layer, null)];
                Near(best.SelectMany(t => all[t].Row), [.. rows.SelectMany(static r => r.Row)]);
            }
        }

        // An expert may have every token; then it misses none.
        int starved = recorder.Seen.Count(s => s.Key.Input is { Place: LinearPlace.ExpertInput, Expert: { } e } && e % 2 == 0
            && s.Key.Sample == RowSample.Routed && s.Value.Count < tokens.Length);
        Assert.True(starved >= 4);
        Assert.Equal(2 * starved, recorder.Seen.Keys.Count(static k => k.Sample == RowSample.NearMiss));
    }

    [Theory]
    [MemberData(nameof(MadeUpWeights.Names), MemberType = typeof(MadeUpWeights))]
    public void What_nobody_wants_is_neither_shown_nor_completed_and_changes_nothing(string kind)
    {
        ModelWeights weights = MadeUpWeights.Of(MadeUpWeights.Specs[kind]);
        int[][] windows = [MadeUpWeights.Tokens(13, 4), MadeUpWeights.Tokens(13, 5)];
        Recorder all = new();
        float[][] expected = Run(weights, windows, all);
        using LayerPass pass = LayerPass.Open(weights, RunnerFixture.Cpu);
        foreach (LinearPlace place in Enum.GetValues<LinearPlace>())
        {
            Recorder one = new() { Wanted = p => p == place };
            float[][] actual = Run(weights, windows, one, pass);
            Near(expected.SelectMany(static l => l).Select(static v => (double)v), [.. actual.SelectMany(static l => l)]);
            Assert.All(one.Completed.SelectMany(static c => c), i => Assert.Equal(place, i.Place));
            foreach (((LinearInput input, RowSample sample), List<(float Gate, float[] Row)> rows) in all.Seen.Where(s => s.Key.Input.Place == place))
            {
                Near(rows.SelectMany(static r => r.Row).Select(static v => (double)v), [.. one.Seen[(input, sample)].SelectMany(static r => r.Row)]);
            }
        }
    }

    [Theory]
    [MemberData(nameof(MadeUpWeights.Names), MemberType = typeof(MadeUpWeights))]
    public void Activations_that_are_not_finite_do_not_end_the_pass(string kind)
    {
        ModelWeights weights = MadeUpWeights.Of(MadeUpWeights.Specs[kind]);
        Dictionary<TensorRole, TensorSource> broken = new(weights.Tensors);
        float[] embedding = new float[50 * 32];
        weights.Tensors[new(TensorKind.Embedding)].Read(0, embedding);
        embedding[(7 * 32) + 3] = float.NaN;
        broken[new(TensorKind.Embedding)] = new ArraySource(embedding, 32);
        Recorder recorder = new() { Misses = static (_, _) => 3 };
        float[][] logits = Run(weights with { Tensors = broken }, [[1, 2, 7, 3], [1, 2, 4, 3]], recorder);

        // The window without the token is untouched.
        float[] healthy = Run(weights, [[1, 2, 4, 3]], null)[0];
        Near(healthy.Select(static v => (double)v), logits[1]);
        Assert.All(logits[0][100..150], v => Assert.True(float.IsNaN(v)));
    }

    [Fact]
    public void A_replacement_of_another_size_is_refused()
    {
        ModelWeights weights = MadeUpWeights.Of(MadeUpWeights.Specs["latent attention with plain queries, dense"]);
        Recorder recorder = new() { Replace = role => role.Kind == TensorKind.AttentionOutput ? new float[3] : null };
        ArgumentException e = Assert.Throws<ArgumentException>(() => Run(weights, [[1, 2]], recorder));
        Assert.Equal("layers.0.attention.output: a replacement of 3 weights; expected 32 x 40", e.Message);
    }

    internal static float[][] Run(ModelWeights weights, int[][] windows, ILinearVisitor? visitor, RunnerOptions? options = null)
    {
        using LayerPass pass = LayerPass.Open(weights, options ?? RunnerFixture.Cpu);
        return Run(weights, windows, visitor, pass);
    }

    private static float[][] Run(ModelWeights weights, int[][] windows, ILinearVisitor? visitor, LayerPass pass)
    {
        int vocabulary = weights.Spec.VocabularySize;
        float[][] logits = [.. windows.Select(w => new float[w.Length * vocabulary])];
        pass.Run(windows, visitor, (window, first, rows) => rows.CopyTo(logits[window].AsSpan(first * vocabulary)), null, TestContext.Current.CancellationToken);
        return logits;
    }

    internal static double Distance(IEnumerable<double> expected, float[] actual)
    {
        (double difference, double norm) = (0, 1e-30);
        int i = 0;
        foreach (double value in expected)
        {
            difference += Math.Pow(value - actual[i++], 2);
            norm += value * value;
        }

        Assert.Equal(i, actual.Length);
        return Math.Sqrt(difference / norm);
    }

    internal static void Near(IEnumerable<double> expected, float[] actual, double tolerance = Tolerance) =>
        Assert.InRange(Distance(expected, actual), 0, tolerance);

    // kv_b is completed as a whole and as halves: one of them sees what it sees, the other queries.
    private static IEnumerable<TensorRole> WithHalves(TensorRole role) => role.Kind == TensorKind.AttentionKeyValueUp
        ? [role, role with { Kind = TensorKind.AttentionKeyUp }, role with { Kind = TensorKind.AttentionValueUp }]
        : [role];

    private static TensorSource Half(ModelWeights weights, TensorRole role, bool rounded) =>
        rounded ? new ArraySource(Rounded(weights.Find(role)), weights.Find(role).Columns) : weights.Find(role);

    private static float[] Rounded(TensorSource source)
    {
        float[] values = new float[source.Rows * source.Columns];
        source.Read(0, values);
        return Array.ConvertAll(values, static v => MathF.Round(v * 6) / 6);
    }
}
