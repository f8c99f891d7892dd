using ModelPack.Models.Checkpoints;
using ModelPack.Models.Conversion;
using ModelPack.Models.Gguf;
using ModelPack.Models.Tokenizers;

namespace ModelPack.Models.Architectures;

/// <summary>Llama 2, 3 and 3.1, Mistral, and what is built like them.</summary>
/// <remarks>The hub's weights are ordered for rotation in halves; llama.cpp wants Meta's order in pairs.</remarks>
internal sealed class Llama : Architecture
{
    public override IReadOnlyList<string> HuggingFaceNames { get; } = ["LlamaForCausalLM", "LLaMAForCausalLM", "MistralForCausalLM"];

    public override string GgufName => "llama";

    public override HubNames HubNames => HubNames.Llama;

    public override RopeLayout GgufRopeLayout => RopeLayout.Pairs;

    public override DecoderSpec ReadSpec(ModelConfig config)
    {
        SpecReader reader = new(config);
        bool bias = config.Flag("attention_bias", whenAbsent: false);
        AttentionSpec.Grouped attention = reader.Grouped(QueryKeyNorm.None, bias, bias, reader.SlidingWindow());
        FullyRotated(config);
        return reader.Decoder(
            RopeReader.Read(config, attention.HeadSize, RopeLayout.Halves),
            reader.Repeat(new(attention, reader.Dense(config.Flag("mlp_bias", whenAbsent: false)))));
    }

    internal override void AddGgufKeys(GgufKeys keys, DecoderSpec spec)
    {
        keys.Add("vocab_size", spec.VocabularySize);
        keys.Add("rope.dimension_count", spec.Rope.Dimensions);
    }

    internal override bool IsGguf(GgufSettings gguf) => base.IsGguf(gguf) && (gguf.Number("expert_count") ?? 0) == 0;

    internal override void AddConfig(GgufSettings gguf)
    {
        gguf.Config["attention_bias"] = gguf.Tensor("blk.0.attn_q.bias") is not null;
        gguf.Config["mlp_bias"] = gguf.Tensor("blk.0.ffn_gate.bias") is not null;
        double? size = gguf.Number("attention.key_length") ?? gguf.Number("embedding_length") / gguf.Number("attention.head_count");
        if (gguf.Number("rope.dimension_count") is { } rotated && rotated != size)
        {
            throw new UnsupportedModelException($"{gguf.File}: llama.rope.dimension_count: {rotated}; expected the size of a head, {size}");
        }
    }

    internal override void AppendVocabulary(GgufMetadata metadata, Vocabulary vocabulary) =>
        VocabularyMetadata.AppendLlama(metadata, vocabulary);

    private static void FullyRotated(ModelConfig config)
    {
        if (config.NumberOrNull("partial_rotary_factor") is not (null or 1))
        {
            throw config.Unsupported("partial_rotary_factor", "1");
        }
    }
}
