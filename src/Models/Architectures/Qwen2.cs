using ModelPack.Models.Checkpoints;
using ModelPack.Models.Conversion;

namespace ModelPack.Models.Architectures;

/// <summary>Qwen2 and Qwen2.5, dense: biases on queries, keys and values.</summary>
internal sealed class Qwen2 : Architecture
{
    public override IReadOnlyList<string> HuggingFaceNames { get; } = ["Qwen2ForCausalLM"];

    public override string GgufName => "qwen2";

    public override HubNames HubNames => HubNames.Llama;

    public override DecoderSpec ReadSpec(ModelConfig config)
    {
        SpecReader reader = new(config);
        AttentionSpec.Grouped full = reader.Grouped(QueryKeyNorm.None, inputBias: true, outputBias: false);
        FeedForwardSpec.Dense feedForward = reader.Dense();
        return reader.Decoder(
            RopeReader.Read(config, full.HeadSize, RopeLayout.Halves),
            reader.Each(i => new(reader.Windowed(full, i), feedForward)));
    }

    internal override void AddGgufKeys(GgufKeys keys, DecoderSpec spec)
    {
    }

    internal override void AddConfig(GgufSettings gguf)
    {
    }

    internal override bool WritesHeadSize(DecoderSpec spec) => spec.HasUnusualHeadSize;
}
