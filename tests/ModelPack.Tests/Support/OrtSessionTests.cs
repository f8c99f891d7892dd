using ModelPack.Models.Onnx;

namespace ModelPack.Tests.Support;

public sealed class OrtSessionTests
{
    [Fact]
    public void A_graph_runs_and_gives_the_product()
    {
        using TempFolder folder = new();
        float[] weights = [1, 2, 3, 4, 5, 6];
        string path = folder.Write("m.onnx", OnnxBytes.Model(OnnxBytes.Graph(
            OnnxBytes.Node("MatMul", "", ["x", "w"], ["y"]),
            OnnxBytes.Initializer(OnnxBytes.Tensor("w", weights, 3, 2)),
            OnnxBytes.Input("x", OnnxElementType.Float, "n", "3"),
            OnnxBytes.Output("y", OnnxElementType.Float, "n", "2"))).ToArray());
        using OrtSession session = OrtSession.Load(path);
        (float[] values, int[] shape) = session.Run(OrtSession.Input("x", [1f, 1, 1, 0, 1, 2], 2, 3))["y"];
        Assert.Equal([2, 2], shape);
        Assert.Equal([9, 12, 13, 16], values);
    }

    [Fact]
    public void Llama_cpp_gives_the_same_logits_before_and_after_it_in_one_process()
    {
        using LlamaModel model = LlamaCpp.Load(SharedFolder.Require("data/models/stories260K-f32.gguf"));
        int[] tokens = model.Tokenize("Once upon a time", addSpecial: true);
        float[] before = model.Logits(tokens);
        A_graph_runs_and_gives_the_product();
        Assert.Equal(before, model.Logits(tokens));
    }
}
