using ModelPack.Models.Architectures;

namespace ModelPack.Tests.Models.Architectures;

public sealed class TensorNameTests
{
    [Theory]
    [InlineData("embedding", "token_embd.weight")]
    [InlineData("head", "output.weight")]
    [InlineData("rope_factors", "rope_freqs.weight")]
    [InlineData("layers.3.attention.q", "blk.3.attn_q.weight")]
    [InlineData("layers.3.attention.q.bias", "blk.3.attn_q.bias")]
    [InlineData("layers.60.attention.kv_a", "blk.60.attn_kv_a_mqa.weight")]
    [InlineData("layers.0.feed_forward.gate", "blk.0.ffn_gate.weight")]
    [InlineData("layers.0.experts.*.down", "blk.0.ffn_down_exps.weight")]
    [InlineData("layers.0.shared_expert.up", "blk.0.ffn_up_shexp.weight")]
    [InlineData("layers.0.router", "blk.0.ffn_gate_inp.weight")]
    [InlineData("layers.0.router_bias", "blk.0.exp_probs_b.bias")]
    public void A_role_has_a_path_and_a_gguf_name(string path, string name)
    {
        Assert.True(TensorRole.TryParse(path, out TensorRole role));
        Assert.Equal(path, role.ToString());
        Assert.Equal(name, GgufNames.Of(role));
        Assert.True(GgufNames.TryParse(name, out TensorRole back));
        Assert.Equal(role, back);
    }

    [Fact]
    public void Every_kind_goes_to_a_path_and_a_name_and_back()
    {
        Assert.Equal(Enum.GetValues<TensorKind>().Order(), TensorRole.Kinds.Order());
        foreach (TensorKind kind in TensorRole.Kinds)
        {
            TensorRole role = new(kind, TensorRole.IsInLayer(kind) ? 12 : null);
            Assert.True(TensorRole.TryParse(role.ToString(), out TensorRole fromPath));
            Assert.True(GgufNames.TryParse(GgufNames.Of(role), out TensorRole fromName));
            Assert.Equal((role, role), (fromPath, fromName));
        }
    }

    [Fact]
    public void One_expert_has_a_path_and_no_gguf_name()
    {
        Assert.True(TensorRole.TryParse("layers.3.experts.5.down", out TensorRole role));
        Assert.Equal(new TensorRole(TensorKind.ExpertDown, 3, 5), role);
        Assert.Throws<ArgumentException>(() => GgufNames.Of(role));
    }

    [Theory]
    [InlineData("")]
    [InlineData("layers.")]
    [InlineData("layers.3")]
    [InlineData("layers.03.router")]
    [InlineData("layers.-1.router")]
    [InlineData("layers.99999999999.router")]
    [InlineData("layers.3.embedding")]
    [InlineData("router")]
    [InlineData("experts.5.down")]
    [InlineData("layers.3.experts.5")]
    [InlineData("layers.3.experts.x.down")]
    [InlineData("layers.3.experts.{e}.down")]
    public void What_is_no_path_is_refused(string path) => Assert.False(TensorRole.TryParse(path, out _));

    [Theory]
    [InlineData("")]
    [InlineData("blk.3")]
    [InlineData("blk.03.attn_q.weight")]
    [InlineData("blk.3.attn_q")]
    [InlineData("blk.3.token_embd.weight")]
    [InlineData("attn_q.weight")]
    [InlineData("blk.3.exp_probs_b.weight")]
    [InlineData("blk.3.ssm_conv1d.weight")]
    [InlineData("blk.x.attn_q.weight")]
    public void What_is_no_gguf_name_is_refused(string name) => Assert.False(GgufNames.TryParse(name, out _));
}
