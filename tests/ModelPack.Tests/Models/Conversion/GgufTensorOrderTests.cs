using ModelPack.Models.Conversion;

namespace ModelPack.Tests.Models.Conversion;

public sealed class GgufTensorOrderTests
{
    private static readonly string[] Ordered =
    [
        "output.weight",
        "output_norm.weight",
        "token_embd.weight",
        "blk.0.ffn_up.weight",
        "blk.2.attn_k.weight",
        "blk.2.attn_k_norm.weight",
        "blk.10.attn_k.weight",
    ];

    [Fact]
    public void Layers_come_by_number_after_all_else_and_names_by_their_bytes() =>
        Assert.Equal(Ordered, Ordered.Order(StringComparer.Ordinal).Order(GgufTensorOrder.Instance));
}
