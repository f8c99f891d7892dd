using ModelPack.Models.Architectures;
using ModelPack.Models.Checkpoints;
using ModelPack.Models.Conversion;
using ModelPack.Models.Gguf;
using ModelPack.Models.Onnx;
using ModelPack.Models.Onnx.Export;
using ModelPack.Models.Tensors;
using ModelPack.Models.Tokenizers;
using ModelPack.Models.Cards;
using ModelPack.Quantize.Calibrated;
using ModelPack.Quantize.Weights;
using ModelPack.Tests.Support;

namespace ModelPack.Tests.Quantize.Calibrated;

public sealed class RoleRowsTests : IDisposable
{
    private readonly TempFolder _temp = new();

    public static TheoryData<string> Names => ["deepseekv3", "kimik2", "llama31", "minimaxm2", "qwen3", "qwen3moe"];

    public void Dispose() => _temp.Dispose();

    [Theory]
    [MemberData(nameof(Names))]
    public void Rows_of_a_gguf_are_found_in_the_weights_that_they_come_from(string fixture)
    {
        string folder = SharedFolder.Require($"fixtures/{fixture}");
        using Checkpoint checkpoint = Checkpoint.Open(folder, TestContext.Current.CancellationToken);
        DecoderSpec spec = Architecture.Find(checkpoint.Config).ReadSpec(checkpoint.Config);
        Vocabulary vocabulary = VocabularyReader.Read(folder, spec.VocabularySize, new VocabularyOptions());
        GgufModel model = GgufConversion.Create(checkpoint, vocabulary, ModelCardReader.ReadFolder(folder));
        int found = CountEqual(ModelWeights.Of(checkpoint), model.Tensors.Where(static t => t.Shape.Count > 1).Select(static t => (t.Name, t.Weights)), out string[] lost);
        Assert.True(found > 1000);

        // The keys' half of kv_b is transposed there: its rows are columns.
        Assert.All(lost, static name => Assert.EndsWith(".attn_k_b.weight", name));
        Assert.Equal(fixture is "deepseekv3" or "kimik2", lost.Length > 0);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Rows_of_an_export_are_found_in_the_weights_that_they_come_from(string fixture)
    {
        using Checkpoint checkpoint = Checkpoint.Open(SharedFolder.Require($"fixtures/{fixture}"), TestContext.Current.CancellationToken);
        OnnxDecoder decoder = OnnxExport.Create(checkpoint, OnnxExportOptions.Plain(OnnxElementType.Float));
        int found = CountEqual(
            ModelWeights.Of(checkpoint), decoder.Weights.Where(static w => w.Role is not null && w.Source.Rows > 1).Select(static w => (w.Values.Name, w.Source)), out string[] lost);
        Assert.True(found > 1000);
        Assert.Empty(lost);
    }

    [Fact]
    public async Task Rows_of_an_unquantized_gguf_are_found_though_its_queries_are_reordered()
    {
        await Tool.SucceedAsync("convert", SharedFolder.Require("fixtures/llama31"), "--to", "gguf", "-o", _temp.File("m.gguf"));
        using GgufFile file = GgufFile.Open(_temp.File("m.gguf"));
        GgufModel model = GgufSource.Create(file);
        int found = CountEqual(
            GgufModelWeights.Of(file), model.Tensors.Where(static t => t.Shape.Count > 1).Select(static t => (t.Name, t.Weights)), out string[] lost);
        Assert.True(found > 1000);
        Assert.Empty(lost);
    }

    // Every row must be the same numbers as the row that it is said to be.
    private static int CountEqual(ModelWeights weights, IEnumerable<(string Name, TensorSource Source)> tensors, out string[] lost)
    {
        RoleRows roles = new(weights);
        List<string> missing = [];
        int found = 0;
        foreach ((string name, TensorSource source) in tensors)
        {
            float[] here = new float[source.Columns];
            float[] there = new float[source.Columns];
            for (long row = 0; row < source.Rows; row++)
            {
                if (roles.Find(source, row) is not { } place)
                {
                    missing.Add(name);
                    break;
                }

                source.Read(row, here);
                weights.Tensors[place.Role].Read(place.Row, there);
                Assert.True(here.AsSpan().SequenceEqual(there), $"{name}: row {row} is not row {place.Row} of {place.Role}");
                found++;
            }
        }

        lost = [.. missing];
        return found;
    }
}
