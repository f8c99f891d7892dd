using ModelPack.Models.Architectures;
using ModelPack.Models.Checkpoints;
using ModelPack.Tests.Models.Conversion;
using ModelPack.Tests.Support;

namespace ModelPack.Tests.Models.Architectures;

/// <summary>Real config.json files read into the numbers that the models' papers and cards give.</summary>
public sealed class RealConfigTests
{
    [Theory]
    [InlineData("meta-llama--Meta-Llama-3.1-8B", 32, 4096, 128256, 131072, 500000, 128, 8_030_261_248, 8_030_261_248)]
    [InlineData("meta-llama--Meta-Llama-3.1-70B", 80, 8192, 128256, 131072, 500000, 128, 70_553_706_496, 70_553_706_496)]
    [InlineData("Qwen--Qwen3-0.6B", 28, 1024, 151936, 40960, 1000000, 128, 596_049_920, 596_049_920)]
    [InlineData("Qwen--Qwen3-8B", 36, 4096, 151936, 40960, 1000000, 128, 8_190_735_360, 8_190_735_360)]
    [InlineData("Qwen--Qwen3-32B", 64, 5120, 151936, 40960, 1000000, 128, 32_762_123_264, 32_762_123_264)]
    [InlineData("Qwen--Qwen3-30B-A3B", 48, 2048, 151936, 40960, 1000000, 128, 30_532_122_624, 3_353_032_704)]
    [InlineData("Qwen--Qwen3-235B-A22B", 94, 4096, 151936, 40960, 1000000, 128, 235_093_634_560, 22_190_763_520)]
    [InlineData("mistralai--Mixtral-8x7B-v0.1", 32, 4096, 32000, 32768, 1000000, 128, 46_702_792_704, 12_879_925_248)]
    [InlineData("MiniMaxAI--MiniMax-M2.5", 62, 3072, 200064, 196608, 5000000, 64, 228_689_764_864, 11_030_553_088)]
    [InlineData("deepseek-ai--DeepSeek-V3", 61, 7168, 129280, 163840, 10000, 64, 671_026_419_200, 0)]
    [InlineData("moonshotai--Kimi-K2-Instruct", 61, 7168, 163840, 131072, 50000, 64, 1_026_408_232_448, 0)]
    public void A_real_config_has_its_known_numbers(
        string name, int layers, int hidden, int vocabulary, int context, double ropeBase, int rotated, long total, long active)
    {
        DecoderSpec spec = Read(name);
        Assert.Equal(
            (layers, hidden, vocabulary, context, ropeBase, rotated),
            (spec.Layers.Count, spec.HiddenSize, spec.VocabularySize, spec.ContextLength, spec.Rope.Base, spec.Rope.Dimensions));
        ParameterCount count = ParameterCount.Of(spec);
        Assert.Equal(total, count.Total);
        Assert.True(active == 0 ? count.Active < count.Total / 10 : count.Active == active, $"{count.Active} active");
    }

    [Fact]
    public void DeepSeek_V3_has_latent_attention_grouped_routing_and_three_dense_layers()
    {
        DecoderSpec spec = Read("deepseek-ai--DeepSeek-V3");
        Assert.Equal(new AttentionSpec.Latent(128, 1536, 512, 128, 64, 128), spec.Layers[0].Attention);
        Assert.Equal(3, spec.LeadingDenseLayers);
        Assert.Equal(new FeedForwardSpec.Dense(18432), spec.Layers[2].FeedForward);
        Assert.Equal(
            new FeedForwardSpec.Experts(256, 8, 2048, 1, 2048, new(RouterScoring.Sigmoid, true, new(8, 4, BestTwo: true), true, 2.5)),
            spec.Layers[3].FeedForward);
        Assert.Equal(new RopeScaling.Yarn(40, 4096, 32, 1, null, null, 1, 1), spec.Rope.Scaling);
        Assert.Equal(RopeLayout.Pairs, spec.Rope.Layout);
    }

    [Fact]
    public void MiniMax_M2_normalizes_the_full_width_and_rotates_half_a_head()
    {
        DecoderSpec spec = Read("MiniMaxAI--MiniMax-M2.7");
        Assert.Equal(new AttentionSpec.Grouped(48, 8, 128, QueryKeyNorm.FullWidth, false, false, null), spec.Layers[61].Attention);
        Assert.Equal(
            new FeedForwardSpec.Experts(256, 8, 1536, 0, 0, new(RouterScoring.Sigmoid, true, null, true, 1)),
            spec.Layers[0].FeedForward);
        Assert.Equal(64, spec.Rope.Dimensions);
    }

    [Fact]
    public void Llama_3_1_scales_its_frequencies_and_Qwen3_normalizes_its_heads()
    {
        Assert.Equal(new RopeScaling.Llama3(8, 1, 4, 8192), Read("meta-llama--Meta-Llama-3.1-8B").Rope.Scaling);
        Assert.Equal(new RopeScaling.Linear(8), Read("Llama-3.1-8B-CN.config").Rope.Scaling);
        Assert.Equal(
            new AttentionSpec.Grouped(32, 8, 128, QueryKeyNorm.PerHead, false, false, null),
            Read("Qwen--Qwen3-8B").Layers[0].Attention);
        Assert.True(Read("Qwen--Qwen3-0.6B").TiedEmbeddings);
    }

    private static DecoderSpec Read(string name)
    {
        ModelConfig config = SyntheticCheckpoint.Config(File.ReadAllText(SharedFolder.Require($"data/configs/{name}.json")));
        return Architecture.Find(config).ReadSpec(config);
    }
}
