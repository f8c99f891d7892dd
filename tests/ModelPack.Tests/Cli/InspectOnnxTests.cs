using System.Text.Json;
using Microsoft.ML.OnnxRuntime;
using ModelPack.Cli;
using ModelPack.Models.Onnx;
using ModelPack.Tests.Support;

namespace ModelPack.Tests.Cli;

/// <summary>ONNX models that others made: what is said of them follows from their published shapes, and ONNX Runtime agrees.</summary>
public sealed class InspectOnnxTests
{
    // gpt2: embeddings, one shared pair of norms and biases, 5 layers of 12 h², head. lfm2: embeddings and head.
    [Theory]
    [InlineData("genai-tiny-random-gpt2-fp32-past.onnx", (1000 * 32 * 2) + (512 * 32) + (2 * 32) + (96 + 128) + (5 * 12 * 32 * 32), "f32")]
    [InlineData("genai-tiny-random-lfm2-fp32-decoder.onnx", 1000 * 32 * 2, "f32,int64")]
    [InlineData("ort-conv.int4_weights.qdq.onnx", (5 * 3 * 3 * 3) + 5, "f32,int32,int4,uint8")]
    [InlineData("ort-conv_qdq_external_ini.onnx", (32 * 3 * 3 * 3) + 32, "f32,int32,uint8")]
    [InlineData("ort-conv_qdq_s8s8_perchannel.onnx", (32 * 3 * 3 * 3) + 32, "f32,int32,int8")]
    [InlineData("ort-dynamic_quantize_matmul_int8.onnx", 0, "")]
    [InlineData("ort-dynamic_quantize_matmul_int8_bias.onnx", 0, "")]
    [InlineData("ort-dynamic_quantize_matmul_uint8.onnx", 0, "")]
    [InlineData("ort-matmul_integer_to_float_int8.onnx", 0, "")]
    [InlineData("ort-matmulnbits_add.onnx", 2 * 3, "f32,int4")]
    [InlineData("ort-qdq_minimal_model.onnx", 3 + 3, "f32,int64")]
    public async Task Weights_are_counted_and_their_types_named(string file, long parameters, string types)
    {
        JsonElement model = await InspectAsync(SharedFolder.Require($"data/onnx/{file}"));
        Assert.Equal("onnx", model.GetProperty("format").GetString());
        Assert.Equal(parameters, model.GetProperty("parameters").GetInt64());
        Assert.Equal(types, string.Join(',', model.GetProperty("types").EnumerateObject().Select(static t => t.Name).Order(StringComparer.Ordinal)));
        JsonElement[] tensors = [.. (await InspectAsync(SharedFolder.Require($"data/onnx/{file}"), "--tensors")).GetProperty("tensors").EnumerateArray()];
        Assert.Equal(model.GetProperty("bytes").GetInt64(), tensors.Sum(static t => t.GetProperty("bytes").GetInt64()));
    }

    [Fact]
    public void Inputs_and_outputs_are_those_that_onnx_runtime_sees()
    {
        string[] files = Directory.GetFiles(SharedFolder.Require("data/onnx"), "*.onnx");
        Assert.Equal(11, files.Length);
        foreach (string file in files)
        {
            using TempFolder folder = new();
            File.Copy(Path.Combine(Path.GetDirectoryName(file)!, "ort-conv_qdq_external_ini.bin"), folder.File("conv_qdq_external_ini.bin"));
            File.Copy(file, folder.File("m.onnx"));
            using OrtSession session = OrtSession.Load(folder.File("m.onnx"), optimize: false);
            OnnxGraph graph = OnnxReader.Read(file).Graph;
            HashSet<string> constants = [.. graph.Initializers.Select(static t => t.Name)];
            Same(session.Inputs, graph.Inputs.Where(i => !constants.Contains(i.Name)));
            Same(session.Outputs, graph.Outputs);
        }

        static void Same(IReadOnlyDictionary<string, NodeMetadata> runtime, IEnumerable<OnnxValue> read)
        {
            Assert.Equal(runtime.Keys.Order(StringComparer.Ordinal), read.Select(static v => v.Name).Order(StringComparer.Ordinal));
            Assert.All(read.Where(static v => v.Dimensions is not null), v => Assert.Equal(
                runtime[v.Name].Dimensions, v.Dimensions!.Select(static d => (int)(d.Size ?? -1))));
            Assert.All(read, v => Assert.Equal((OnnxElementType)(int)runtime[v.Name].ElementDataType, v.Type));
        }
    }

    [Theory]
    [InlineData("gpt2", "past", 5)]
    [InlineData("lfm2", "decoder", 4)]
    public async Task A_genai_folder_says_what_its_config_says(string type, string file, int layers)
    {
        using TempFolder folder = new();
        string shared = SharedFolder.Require("data/onnx");
        File.Copy(Path.Combine(shared, $"genai-tiny-random-{type}-fp32-genai_config.json"), folder.File("genai_config.json"));
        File.Copy(Path.Combine(shared, $"genai-tiny-random-{type}-fp32-{file}.onnx"), folder.File($"{file}.onnx"));
        JsonElement model = await InspectAsync(folder.Path);
        Assert.Equal(type, model.GetProperty("architecture").GetString());
        Assert.Equal(layers, model.GetProperty("layers").GetInt32());
        Assert.Equal((512, 1000), (model.GetProperty("contextLength").GetInt32(), model.GetProperty("vocabularySize").GetInt32()));
        Assert.Equal((4, 8), (model.GetProperty("attention").GetProperty("keyValueHeads").GetInt32(), model.GetProperty("attention").GetProperty("headSize").GetInt32()));
        Assert.Contains("4 heads of 8", (await Tool.SucceedAsync("inspect", folder.Path)).Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task External_data_that_is_missing_or_short_is_a_warning()
    {
        string shared = SharedFolder.Require("data/onnx");
        using TempFolder folder = new();
        File.Copy(Path.Combine(shared, "ort-conv_qdq_external_ini.onnx"), folder.File("model.onnx"));
        Assert.Contains("warning: model.onnx: conv_qdq_external_ini.bin: no such file", (await Tool.SucceedAsync("inspect", folder.Path)).Error, StringComparison.Ordinal);
        byte[] data = await File.ReadAllBytesAsync(Path.Combine(shared, "ort-conv_qdq_external_ini.bin"), TestContext.Current.CancellationToken);
        folder.Write("conv_qdq_external_ini.bin", data.AsSpan(0, data.Length - 1));
        Assert.Contains("991 bytes; tensor", (await Tool.SucceedAsync("inspect", folder.Path)).Error, StringComparison.Ordinal);
        folder.Write("conv_qdq_external_ini.bin", data);
        Assert.Equal("", (await Tool.SucceedAsync("inspect", folder.Path)).Error);
    }

    [Theory]
    [InlineData("{\"model\":{\"type\":\"llama\",\"decoder\":{\"filename\":\"../m.onnx\"}}}", "decoder.filename: '../m.onnx'")]
    [InlineData("{\"model\":{\"type\":\"llama\",\"decoder\":{\"filename\":\"/etc/passwd\"}}}", "expected the name of a file in the folder")]
    [InlineData("{\"model\":{\"type\":\"llama\",\"decoder\":{\"filename\":\"m.onnx\"}}}", "m.onnx: no such file")]
    [InlineData("{\"model\":[]}", "expected an object")]
    [InlineData("{\"model\":", "not valid JSON")]
    [InlineData("", "empty")]
    public async Task A_broken_genai_folder_is_refused(string config, string reason)
    {
        using TempFolder folder = new();
        folder.Write("genai_config.json", System.Text.Encoding.UTF8.GetBytes(config));
        Tool run = await Tool.RunAsync("inspect", folder.Path);
        Assert.Equal(ExitCode.Failure, run.Code);
        Assert.Contains(reason, run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_folder_of_several_models_asks_for_one()
    {
        using TempFolder folder = new();
        byte[] model = OnnxBytes.Model(OnnxBytes.Graph((5, OnnxBytes.Tensor("w", [1f, 2], 2)))).ToArray();
        folder.Write("a.onnx", model);
        Assert.Contains("parameters    2", (await Tool.SucceedAsync("inspect", folder.Path)).Output, StringComparison.Ordinal);
        folder.Write("b.onnx", model);
        Assert.Contains("2 .onnx files", (await Tool.RunAsync("inspect", folder.Path)).Error, StringComparison.Ordinal);
        folder.Write("model.onnx", model);
        Assert.Equal(2, (await InspectAsync(folder.Path)).GetProperty("parameters").GetInt64());
    }

    private static async Task<JsonElement> InspectAsync(params string[] args) =>
        JsonDocument.Parse((await Tool.SucceedAsync(["inspect", .. args, "--json"])).Output).RootElement;
}
