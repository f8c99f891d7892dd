using ModelPack.Models.Checkpoints;
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
