using System.Text.Json.Nodes;
using ModelPack.Models;
using ModelPack.Models.Architectures;
using ModelPack.Models.Checkpoints;
using ModelPack.Models.Conversion;
using ModelPack.Models.Tensors;
using ModelPack.Quantize.Weights;
using ModelPack.Tests.Support;

namespace ModelPack.Tests.Quantize.Weights;

public sealed class OnnxFolderWeightsTests : IDisposable
{
    private readonly TempFolder _folder = new();

    private static string Sample => RepositoryFolder.Join("samples", "tiny-qwen3moe");

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("deepseekv3")]
    [InlineData("llama31")]
    [InlineData("minimaxm2")]
    [InlineData("qwen3moe")]
    public async Task An_f32_export_has_the_checkpoints_weights_by_their_roles(string family)
    {
        string fixture = SharedFolder.Require($"fixtures/{family}");
        await Tool.SucceedAsync("convert", fixture, "--to", "onnx", "-t", "f32", "-o", _folder.File("onnx"));
        using Checkpoint checkpoint = Checkpoint.Open(fixture, TestContext.Current.CancellationToken);
        ModelWeights expected = ModelWeights.Of(checkpoint);
        using OnnxFolderWeights? opened = OnnxFolderWeights.TryOpen(_folder.File("onnx"), expected.Spec);
        IReadOnlyList<WeightError> errors = WeightComparison.Compare(
            expected, opened!.Weights, static _ => null, 2, TestContext.Current.CancellationToken);
        Assert.All(errors, static e => Assert.True(e.Relative < 1e-6, $"{e.Role}: {e.Relative:g3}"));
        int experts = expected.Spec.Experts?.Count ?? 0;
        int layers = expected.Spec.Layers.Count(static l => l.FeedForward is FeedForwardSpec.Experts);
        Assert.Equal(3 * experts * layers, errors.Count(static e => e.Role.Expert is not null));
        Assert.Contains(errors, static e => e.Role.Kind == TensorKind.AttentionOutput);
    }

    [Theory]
    [InlineData("int4", 0.01, 0.12)]
    [InlineData("int8", 0.001, 0.01)]
    [InlineData("int4", 0.01, 0.12, "--asymmetric")]
    [InlineData("f16", 0, 0.001)]
    public async Task A_quantized_export_is_near_the_checkpoint(string type, double least, double most, params string[] options)
    {
        await Tool.SucceedAsync(["quantize", Sample, "--to", "onnx", "-t", type, "-o", _folder.File("onnx"), .. options]);
        using Checkpoint checkpoint = Checkpoint.Open(Sample, TestContext.Current.CancellationToken);
        ModelWeights expected = ModelWeights.Of(checkpoint);
        using OnnxFolderWeights? opened = OnnxFolderWeights.TryOpen(_folder.File("onnx"), expected.Spec);
        IReadOnlyList<WeightError> experts =
        [
            .. WeightComparison.Compare(expected, opened!.Weights, static _ => null, 2, TestContext.Current.CancellationToken)
                .Where(static e => e.Role.Expert is not null),
        ];
        Assert.NotEmpty(experts);
        Assert.All(experts, e => Assert.InRange(e.Relative, least, most));
    }

    [Fact]
    public async Task A_row_alone_is_the_row_among_others()
    {
        await Tool.SucceedAsync("quantize", Sample, "--to", "onnx", "-t", "int4", "-o", _folder.File("onnx"));
        using OnnxFolderWeights opened = Open();
        TensorSource up = opened.Weights.Tensors[new(TensorKind.ExpertUp, 0, 3)];
        float[] all = new float[up.Rows * up.Columns];
        up.Read(0, all);
        float[] row = new float[up.Columns];
        up.Read(up.Rows - 1, row);
        Assert.Equal(all[^up.Columns..], row);
        Assert.Throws<ArgumentOutOfRangeException>(() => up.Read(up.Rows, row));
    }

    [Fact]
    public void A_folder_of_somebody_elses_is_not_taken_apart() => Assert.Null(OnnxFolderWeights.TryOpen(_folder.Path, Spec()));

    [Theory]
    [InlineData("rows", -1, "layers.0.attention.q: -1 rows of ")]
    [InlineData("columns", 1 << 30, "layers.0.attention.q: ")]
    [InlineData("type", "int5 g32 sym", "layers.0.attention.q: type 'int5 g32 sym'")]
    [InlineData("type", "int4 g7 sym", "layers.0.attention.q: type 'int4 g7 sym'")]
    [InlineData("type", "f32", "bytes a row; expected ")]
    [InlineData("file", "../../etc/passwd", "of '../../etc/passwd'")]
    [InlineData("offset", -1, "at byte -1 of ")]
    [InlineData("bytes", 3, "layers.0.attention.q: 3 bytes for ")]
    [InlineData("type", 5, "modelpack.json: cannot be read: ")]
    public async Task A_list_that_makes_no_sense_is_refused(string key, object value, string message)
    {
        await Tool.SucceedAsync("quantize", Sample, "--to", "onnx", "-t", "int4", "-o", _folder.File("onnx"));
        string path = _folder.File("onnx/modelpack.json");
        JsonNode list = JsonNode.Parse(File.ReadAllText(path))!;
        JsonObject tensor = (JsonObject)list["tensors"]!.AsArray().Single(static t => t!["role"]?.GetValue<string>() == "layers.0.attention.q")!;
        JsonObject target = key is "file" or "offset" or "bytes" ? (JsonObject)tensor["initializers"]![0]! : tensor;
        target[key] = value is string text ? text : (int)value;
        File.WriteAllText(path, list.ToJsonString());
        Assert.Contains(message, Assert.ThrowsAny<ModelPackException>(() => Open()).Message);
    }

    [Fact]
    public async Task Data_that_end_too_early_are_named()
    {
        await Tool.SucceedAsync("quantize", Sample, "--to", "onnx", "-t", "int4", "-o", _folder.File("onnx"));
        using (FileStream data = File.OpenWrite(_folder.File("onnx/model.onnx.data")))
        {
            data.SetLength(1000);
        }

        using OnnxFolderWeights opened = Open();
        TensorSource up = opened.Weights.Tensors[new(TensorKind.ExpertUp, 0, 3)];
        Assert.Contains("the file ends too early", Assert.Throws<InvalidCheckpointException>(() => up.Read(0, new float[up.Columns])).Message);
    }

    private OnnxFolderWeights Open() => OnnxFolderWeights.TryOpen(_folder.File("onnx"), Spec())!;

    private static DecoderSpec Spec()
    {
        using Checkpoint checkpoint = Checkpoint.Open(Sample);
        return ModelWeights.Of(checkpoint).Spec;
    }
}
