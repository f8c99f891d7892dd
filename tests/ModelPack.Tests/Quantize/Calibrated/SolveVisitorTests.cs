using ModelPack.Models.Architectures;
using ModelPack.Models.Cards;
using ModelPack.Models.Checkpoints;
using ModelPack.Models.Conversion;
using ModelPack.Models.Tensors;
using ModelPack.Models.Tokenizers;
using ModelPack.Quantize.Calibrated;
using ModelPack.Quantize.Calibration;
using ModelPack.Quantize.Mixtures;
using ModelPack.Quantize.Plans;
using ModelPack.Quantize.Solving;
using ModelPack.Runtime.Solving;
using ModelPack.Tests.Support;

namespace ModelPack.Tests.Quantize.Calibrated;

public sealed class SolveVisitorTests : IDisposable
{
    private const int Rows = 300;

    private readonly TempFolder _temp = new();

    public void Dispose() => _temp.Dispose();

    [Fact]
    public void A_weight_of_heads_is_solved_with_what_each_head_saw()
    {
        using Checkpoint checkpoint = Checkpoint.Open(SharedFolder.Require("fixtures/deepseekv3"), TestContext.Current.CancellationToken);
        ModelWeights weights = ModelWeights.Of(checkpoint);
        SolveOptions options = new() { Threads = 2 };
        SolveTargets targets = SolveTargets.Of(Plan(checkpoint, weights, "q4_0"), weights);
        TensorRole role = new(TensorKind.AttentionKeyUp, 1);
        AttentionSpec.Latent spec = (AttentionSpec.Latent)weights.Spec.Layers[1].Attention;
        LinearInput input = new(LinearPlace.KeyQuery, 1, null, spec.Heads * spec.NopeSize, [role]) { Matrices = spec.Heads };

        // Each head's columns are of another size, so that codes of another head's would not be these.
        float[] rows = new float[Rows * input.Width];
        Random random = new(3);
        for (int i = 0; i < rows.Length; i++)
        {
            int column = i % input.Width;
            rows[i] = (float)((random.NextDouble() - 0.5) * (1 + (((column / spec.NopeSize * 7) + (column * 5)) % 11)));
        }

        using SolveVisitor visitor = new(weights, targets, options, _temp.File("state"));
        Assert.True(visitor.Wants(LinearPlace.KeyQuery));
        visitor.Begin(0);
        visitor.Visit(input, rows.AsSpan(0, 100 * input.Width), default, RowSample.Routed);
        visitor.Visit(input, rows.AsSpan(100 * input.Width), default, RowSample.Routed);
        ReadOnlyMemory<float> solved = visitor.Complete([input], TestContext.Current.CancellationToken)![role];

        TensorSource source = weights.Find(role);
        float[] all = new float[source.Rows * source.Columns];
        source.Read(0, all);
        for (int head = 0; head < spec.Heads; head++)
        {
            InputMoments moments = new(spec.NopeSize);
            for (int row = 0; row < Rows; row++)
            {
                moments.Add(rows.AsSpan((row * input.Width) + (head * spec.NopeSize), spec.NopeSize));
            }

            Range part = (head * spec.KeyValueRank * spec.NopeSize)..((head + 1) * spec.KeyValueRank * spec.NopeSize);
            SolveWeight weight = new("head", targets.Find(role)!, spec.KeyValueRank, all[part]);
            SolvedWeight alone = Solver.Solve(new(moments, null, [weight]), options, TestContext.Current.CancellationToken)[0];
            Assert.Equal(alone.Decoded, solved[part].ToArray());
        }

        visitor.LayerDone(1);
        TensorSolution solution = Assert.Single(visitor.Solutions.Find("blk.1.attn_k_b.weight")!);
        Assert.Equal(("gptq", Rows, null, false), (solution.Method, solution.Tokens, solution.Expert, solution.FellBack));
    }

    // An engine adds products in another order: a code in a hundred may be its neighbor.
    [Fact]
    public void An_engine_solves_heads_as_the_loops_do()
    {
        using Checkpoint checkpoint = Checkpoint.Open(SharedFolder.Require("fixtures/kimik2"), TestContext.Current.CancellationToken);
        ModelWeights weights = ModelWeights.Of(checkpoint);
        SolveTargets targets = SolveTargets.Of(Plan(checkpoint, weights, "q4_0"), weights);
        TensorRole role = new(TensorKind.AttentionKeyUp, 0);
        LinearInput input = new(LinearPlace.KeyQuery, 0, null, 4 * 64, [role]) { Matrices = 4 };
        Random random = new(5);
        float[] rows = [.. Enumerable.Range(0, Rows * input.Width).Select(i => (float)((random.NextDouble() - 0.5) * (1 + (i % 5))))];
        float[] Solve(SolveOptions options, string folder)
        {
            using SolveVisitor visitor = new(weights, targets, options, _temp.File(folder));
            visitor.Begin(0);
            visitor.Visit(input, rows, default, RowSample.Routed);
            float[] decoded = visitor.Complete([input], TestContext.Current.CancellationToken)![role].ToArray();
            visitor.Release();
            return decoded;
        }

        using OrtMatrixEngine engine = OrtMatrixEngine.Open("cpu", 2);
        float[] loops = Solve(new() { Threads = 2 }, "loops");
        float[] products = Solve(new() { Threads = 2, Engine = engine }, "products");
        Assert.InRange(loops.Zip(products, static (a, b) => a == b ? 0 : 1).Sum(), 0, loops.Length / 100);
    }

    [Fact]
    public void A_head_that_fell_back_is_told_of_the_whole()
    {
        SolvedWeight[] heads = [Head(SolveFallback.None, 1), Head(SolveFallback.NotPositive, 3), Head(SolveFallback.RoundingBetter, 0), Head(SolveFallback.None, 0)];
        SolvedWeight whole = SolvedMatrices.Join(heads);
        Assert.Equal((SolveFallback.NotPositive, true, 4.0, 40.0), (whole.Fallback, whole.FellBack, whole.Error, whole.OutputPower));
        Assert.Equal([1, 3, 0, 0], whole.Values);
        Assert.Equal([1f, 3, 0, 0], whole.Decoded);
        Assert.Equal(SolveFallback.None, SolvedMatrices.Join([heads[0], heads[2], heads[3]]).Fallback);
        Assert.Same(heads[1], SolvedMatrices.Join([heads[1]]));
    }

    // ONNX has kv_b in one piece: the pass need not compute queries twice for it.
    [Fact]
    public void Queries_are_wanted_only_where_the_keys_half_is_a_weight_of_its_own()
    {
        using Checkpoint checkpoint = Checkpoint.Open(RepositoryFolder.Join("samples", "tiny-qwen3moe"), TestContext.Current.CancellationToken);
        ModelWeights weights = ModelWeights.Of(checkpoint);
        using SolveVisitor visitor = new(weights, SolveTargets.Of(Plan(checkpoint, weights, "q8_0"), weights), new(), _temp.File("state"));
        Assert.False(visitor.Wants(LinearPlace.KeyQuery));
        Assert.True(visitor.Wants(LinearPlace.AttentionInput));
    }

    private static SolvedWeight Head(SolveFallback fallback, byte error) => new()
    {
        Name = "head",
        Values = [error],
        Scales = [],
        Zeros = [],
        Decoded = [error],
        Method = fallback == SolveFallback.None ? SolveMethod.Gptq : SolveMethod.Importance,
        Fallback = fallback,
        Error = error,
        OutputPower = 10,
    };

    private static QuantizationPlan Plan(Checkpoint checkpoint, ModelWeights weights, string preset)
    {
        Vocabulary vocabulary = VocabularyReader.Read(checkpoint.Folder, weights.Spec.VocabularySize, new VocabularyOptions());
        GgufModel model = GgufConversion.Create(checkpoint, vocabulary, ModelCardReader.ReadFolder(checkpoint.Folder));
        return QuantizationPlan.ForQuantize(model, "m.gguf", new() { Preset = QuantPreset.Parse(preset) });
    }
}
