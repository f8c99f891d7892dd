using ModelPack.Models.Checkpoints;
using ModelPack.Models.Conversion;

namespace ModelPack.Models.Architectures;

/// <summary>Qwen3, dense: queries and keys normalized head by head.</summary>
internal sealed class Qwen3 : Architecture
{
    public override IReadOnlyList<string> HuggingFaceNames { get; } = ["Qwen3ForCausalLM"];

    public override string GgufName => "qwen3";

    public override HubNames HubNames => HubNames.Llama;

    public override DecoderSpec ReadSpec(ModelConfig config)
    {
        SpecReader reader = new(config);
        bool bias = config.Flag("attention_bias", whenAbsent: false);
        AttentionSpec.Grouped full = reader.Grouped(QueryKeyNorm.PerHead, bias, bias);
        FeedForwardSpec.Dense feedForward = reader.Dense();
        return reader.Decoder(
            RopeReader.Read(config, full.HeadSize, RopeLayout.Halves),
            reader.Each(i => new(reader.Windowed(full, i), feedForward)));
    }

    internal override void AddGgufKeys(GgufKeys keys, DecoderSpec spec)
    {
    }

    internal override void AddConfig(GgufSettings gguf) =>
        gguf.Config["attention_bias"] = gguf.Tensor("blk.0.attn_q.bias") is not null;
}
