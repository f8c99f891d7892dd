using ModelPack.Models.Checkpoints;
using ModelPack.Models.Tensors;
using ModelPack.Models.Tensors.Views;
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
    [InlineData("deepseekv3", "model.layers.0.self_attn.kv_a_proj_with_mqa.weight", "blk.0.attn_kv_a_mqa.weight")]
    [InlineData("deepseekv3", "model.layers.0.mlp.down_proj.weight", "blk.0.ffn_down.weight")]
    [InlineData("deepseekv3", "model.layers.2.mlp.gate.e_score_correction_bias", "blk.2.exp_probs_b.bias")]
    [InlineData("minimaxm2", "model.layers.1.self_attn.q_proj.weight", "blk.1.attn_q.weight")]
    [InlineData("kimik2", "model.layers.1.mlp.shared_experts.up_proj.weight", "blk.1.ffn_up_shexp.weight")]
    public void Weights_equal_those_of_the_reference_converter(string fixture, string name, string gguf)
    {
        using Checkpoint checkpoint = Open(fixture);
        Same(fixture, gguf, checkpoint.Tensors[name].Weights);
    }

    [Theory]
    [InlineData("qwen3moe", "model.layers.1.mlp.experts.{0}.up_proj.weight", "blk.1.ffn_up_exps.weight")]
    [InlineData("deepseekv3", "model.layers.1.mlp.experts.{0}.gate_proj.weight", "blk.1.ffn_gate_exps.weight")]
    [InlineData("deepseekv3", "model.layers.2.mlp.experts.{0}.down_proj.weight", "blk.2.ffn_down_exps.weight")]
    [InlineData("minimaxm2", "model.layers.0.block_sparse_moe.experts.{0}.w2.weight", "blk.0.ffn_down_exps.weight")]
    [InlineData("minimaxm2", "model.layers.2.block_sparse_moe.experts.{0}.w1.weight", "blk.2.ffn_gate_exps.weight")]
    [InlineData("kimik2", "model.layers.1.mlp.experts.{0}.gate_proj.weight", "blk.1.ffn_gate_exps.weight")]
    [InlineData("kimik2", "model.layers.1.mlp.experts.{0}.down_proj.weight", "blk.1.ffn_down_exps.weight")]
    [InlineData("kimik2", "model.layers.2.mlp.experts.{0}.up_proj.weight", "blk.2.ffn_up_exps.weight")]
    public void Stacked_experts_equal_those_of_the_reference_converter(string fixture, string name, string gguf)
    {
        using Checkpoint checkpoint = Open(fixture);
        TensorSource[] experts = [.. Enumerable.Range(0, 8).Select(e => checkpoint.Tensors[name.Replace("{0}", $"{e}", StringComparison.Ordinal)].Weights)];
        Same(fixture, gguf, new StackedSource(experts));
    }

    [Theory]
    [InlineData("q_proj", "attn_q", 4)]
    [InlineData("k_proj", "attn_k", 2)]
    public void Permuted_rows_equal_those_of_the_reference_converter(string name, string gguf, int heads)
    {
        using Checkpoint checkpoint = Open("llama31");
        TensorSource weights = checkpoint.Tensors[$"model.layers.0.self_attn.{name}.weight"].Weights;
        Same("llama31", $"blk.0.{gguf}.weight", new PermutedRows(weights, heads));
    }

    [Theory]
    [InlineData("deepseekv3")]
    [InlineData("kimik2")]
    public void Latent_keys_and_values_equal_those_of_the_reference_converter(string fixture)
    {
        using Checkpoint checkpoint = Open(fixture);
        int nope = checkpoint.Config.Integer("qk_nope_head_dim");
        int value = checkpoint.Config.Integer("v_head_dim");
        TensorSource weights = checkpoint.Tensors["model.layers.0.self_attn.kv_b_proj.weight"].Weights;
        Same(fixture, "blk.0.attn_k_b.weight", new TransposedHeads(weights, nope + value, 0, nope));
        Same(fixture, "blk.0.attn_v_b.weight", new PickedRows(weights, nope + value, nope, value));
    }

    [Theory]
    [InlineData("qwen3", "none")]
    [InlineData("deepseekv3", "fp8 128x128")]
    [InlineData("minimaxm2", "fp8 128x128")]
    [InlineData("kimik2", "compressed-tensors pack-quantized int4 g32")]
    public void The_encoding_is_named(string fixture, string encoding)
    {
        using Checkpoint checkpoint = Open(fixture);
        Assert.Equal(encoding, checkpoint.Encoding);
        Assert.Empty(checkpoint.Dropped);
        Assert.Equal(checkpoint.Stored.Select(static t => t.Name).Order(), checkpoint.Tensors.Values.SelectMany(static t => t.StoredNames).Order());
    }

    [Fact]
    public void Eight_threads_read_what_one_reads()
    {
        using Checkpoint checkpoint = Open("kimik2");
        (TensorSource Source, float[] All)[] tensors =
            [.. checkpoint.Tensors.Values.Where(static t => t.Shape.Count == 2).Take(24).Select(static t => (t.Weights, Tensors.Reads.All(t.Weights)))];
        Parallel.For(0, 8, new ParallelOptions { MaxDegreeOfParallelism = 8, CancellationToken = TestContext.Current.CancellationToken }, thread =>
        {
            Random random = new(thread);
            for (int i = 0; i < 200; i++)
            {
                (TensorSource source, float[] all) = tensors[random.Next(tensors.Length)];
                int first = random.Next((int)source.Rows);
                float[] run = new float[random.Next((int)source.Rows - first + 1) * source.Columns];
                source.Read(first, run);
                Assert.True(run.AsSpan().SequenceEqual(all.AsSpan(first * source.Columns, run.Length)));
            }
        });
    }

    private static Checkpoint Open(string fixture) =>
        Checkpoint.Open(SharedFolder.Require($"fixtures/{fixture}"), TestContext.Current.CancellationToken);

    private static void Same(string fixture, string gguf, TensorSource source)
    {
        (string sha256, string type) = GoldenTensors.Of(fixture)[gguf];
        Assert.Equal(sha256, GoldenTensors.Sha256(source, type));
    }
}
