using ModelPack.Models.Checkpoints;
using ModelPack.Models.Conversion;
using ModelPack.Models.Gguf;
using ModelPack.Models.Tokenizers;

namespace ModelPack.Models.Architectures;

/// <summary>Mixtral: Llama's attention, and in every layer experts named w1 (gate), w2 (down) and w3 (up).</summary>
internal sealed class Mixtral : Architecture
{
    public override IReadOnlyList<string> HuggingFaceNames { get; } = ["MixtralForCausalLM"];

    public override string GgufName => "llama";

    public override HubNames HubNames { get; } = HubNames.Llama
        .With(
            (TensorKind.Router, "model.layers.{l}.block_sparse_moe.gate.weight"),
            (TensorKind.ExpertGate, "model.layers.{l}.block_sparse_moe.experts.{e}.w1.weight"),
            (TensorKind.ExpertDown, "model.layers.{l}.block_sparse_moe.experts.{e}.w2.weight"),
            (TensorKind.ExpertUp, "model.layers.{l}.block_sparse_moe.experts.{e}.w3.weight"));

    public override RopeLayout GgufRopeLayout => RopeLayout.Pairs;

    public override DecoderSpec ReadSpec(ModelConfig config)
    {
        SpecReader reader = new(config);
        AttentionSpec.Grouped attention = reader.Grouped(QueryKeyNorm.None, false, false, reader.SlidingWindow());
        RouterSpec router = new(RouterScoring.Softmax, SelectionBias: false, Groups: null, Normalize: true, Scale: 1);
        return reader.Decoder(
            RopeReader.Read(config, attention.HeadSize, RopeLayout.Halves),
            reader.Repeat(new(attention, reader.Experts("num_local_experts", "intermediate_size", router))));
    }

    internal override void AddGgufKeys(GgufKeys keys, DecoderSpec spec)
    {
        keys.Add("vocab_size", spec.VocabularySize);
        keys.Add("rope.dimension_count", spec.Rope.Dimensions);
    }

    internal override bool IsGguf(GgufSettings gguf) => base.IsGguf(gguf) && gguf.Number("expert_count") > 0;

    internal override void AddConfig(GgufSettings gguf)
    {
        gguf.Copy("num_local_experts", "expert_count");
        gguf.Copy("num_experts_per_tok", "expert_used_count");
    }

    internal override void AppendVocabulary(GgufMetadata metadata, Vocabulary vocabulary) =>
        VocabularyMetadata.AppendLlama(metadata, vocabulary);

    internal override bool WritesHeadSize(DecoderSpec spec) => spec.HasUnusualHeadSize;
}
