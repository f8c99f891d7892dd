using ModelPack.Models.Checkpoints;
using ModelPack.Tests.Support;

namespace ModelPack.Tests.Models.Checkpoints;

public sealed class CheckpointGoldenTests
{
    [Theory]
    [InlineData("qwen3", "model.embed_tokens.weight", "token_embd.weight")]
    [InlineData("qwen3", "model.norm.weight", "output_norm.weight")]
    [InlineData("qwen3", "model.layers.2.mlp.down_proj.weight", "blk.2.ffn_down.weight")]
    [InlineData("llama31", "model.layers.1.mlp.up_proj.weight", "blk.1.ffn_up.weight")]
    [InlineData("qwen3moe", "model.layers.1.mlp.gate.weight", "blk.1.ffn_gate_inp.weight")]
    public void Weights_equal_those_of_the_reference_converter(string fixture, string name, string gguf)
    {
        using Checkpoint checkpoint = Checkpoint.Open(SharedFolder.Require($"fixtures/{fixture}"), TestContext.Current.CancellationToken);
        (string sha256, string type) = GoldenTensors.Of(fixture)[gguf];
        Assert.Equal(sha256, GoldenTensors.Sha256(checkpoint.Tensors[name].Weights, type));
    }
}
