using ModelPack.Models.Architectures;
using ModelPack.Models.Cards;
using ModelPack.Models.Checkpoints;
using ModelPack.Models.Conversion;
using ModelPack.Models.Tokenizers;
using ModelPack.Quantize.Calibrated;
using ModelPack.Quantize.Mixtures;
using ModelPack.Quantize.Onnx;
using ModelPack.Quantize.Plans;
using ModelPack.Tests.Support;

namespace ModelPack.Tests.Quantize.Calibrated;

public sealed class SolveTargetsTests
{
    public static TheoryData<string> Experts => ["deepseekv3", "kimik2", "minimaxm2", "qwen3moe", "trained-qwen3moe"];

    // Other tools left experts alone without a word because they were one three-dimensional tensor.
    [Theory]
    [MemberData(nameof(Experts))]
    public void Every_expert_of_every_layer_is_solved_for_gguf(string fixture)
    {
        using Checkpoint checkpoint = Checkpoint.Open(SharedFolder.Require($"fixtures/{fixture}"), TestContext.Current.CancellationToken);
        ModelWeights weights = ModelWeights.Of(checkpoint);
        Vocabulary vocabulary = VocabularyReader.Read(checkpoint.Folder, weights.Spec.VocabularySize, new VocabularyOptions());
        GgufModel model = GgufConversion.Create(checkpoint, vocabulary, ModelCardReader.ReadFolder(checkpoint.Folder));
        foreach (string preset in (string[])["q4_0", "q8_0"])
        {
            AssertAllExperts(weights, SolveTargets.Of(QuantizationPlan.ForQuantize(model, "m.gguf", new() { Preset = QuantPreset.Parse(preset) }), weights));
        }
    }

    [Theory]
    [MemberData(nameof(Experts))]
    public void Every_expert_of_every_layer_is_solved_for_onnx(string fixture)
    {
        using Checkpoint checkpoint = Checkpoint.Open(SharedFolder.Require($"fixtures/{fixture}"), TestContext.Current.CancellationToken);
        ModelWeights weights = ModelWeights.Of(checkpoint);
        foreach (OnnxType type in (OnnxType[])[OnnxType.Int4, OnnxType.Int8])
        {
            AssertAllExperts(weights, SolveTargets.Of(OnnxPlan.Create(checkpoint, "m", new OnnxOptions { Type = type }), weights));
        }
    }

    [Fact]
    public void A_tied_head_keeps_its_rounded_rows_for_it_is_looked_up_too()
    {
        using Checkpoint checkpoint = Checkpoint.Open(RepositoryFolder.Join("samples", "tiny-qwen3moe"), TestContext.Current.CancellationToken);
        ModelWeights weights = ModelWeights.Of(checkpoint);
        SolveTargets targets = SolveTargets.Of(OnnxPlan.Create(checkpoint, "m", new OnnxOptions { Type = OnnxType.Int4 }), weights);
        Assert.Null(targets.Find(new(TensorKind.Embedding)));
        Assert.NotNull(targets.Find(new(TensorKind.AttentionQuery, 0)));
        Assert.Null(targets.Find(new(TensorKind.Router, 0)));
        Assert.Equal(targets.Count, targets.Describe().Distinct().Count());
    }

    private static void AssertAllExperts(ModelWeights weights, SolveTargets targets)
    {
        TensorRole[] experts = [.. weights.Tensors.Keys.Where(static r => r.Expert is not null)];
        Assert.NotEmpty(experts);
        Assert.All(experts, r => Assert.Equal(weights.Tensors[r].Columns, targets.Find(r)?.Columns));
    }
}
