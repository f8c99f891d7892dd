using ModelPack.Models.Cards;

namespace ModelPack.Tests.Models.Cards;

/// <summary>Expected values are those of gguf-py's own tests and rules.</summary>
public sealed class ModelIdentityTests
{
    [Theory]
    [InlineData("Mixtral-8x7B-Instruct-v0.1", 0, null, "Mixtral", "Instruct", "v0.1", "8x7B")]
    [InlineData("NousResearch/Meta-Llama-3-8B", 0, "NousResearch", "Meta-Llama-3", null, null, "8B")]
    [InlineData("Qwen1.5-MoE-A2.7B-Chat", 0, null, "Qwen1.5-MoE", "Chat", null, "A2.7B")]
    [InlineData("Qwen3-30B-A3B-Instruct-2507", 30_532_122_624, null, "Qwen3", "Instruct", "2507", "30B-A3B")]
    [InlineData("bigscience/bloom-7b1-petals", 0, "bigscience", "bloom", "petals", null, "7.1B")]
    [InlineData("microsoft/Phi-3-mini-4k-instruct", 3_821_079_552, "microsoft", "Phi-3", "4k-instruct", null, "mini")]
    [InlineData("stabilityai/stable-code-3b", 0, "stabilityai", "stable-code", null, null, "3B")]
    [InlineData("Kimi-K2-Thinking", 0, null, null, null, null, null)]
    [InlineData("qwen3moe", 0, null, null, null, null, null)]
    [InlineData("./out", 0, null, null, null, null, null)]
    [InlineData("model-F16", 0, null, null, null, null, null)]
    [InlineData("8x-of--", 0, null, null, "8x-of", null, null)]
    public void A_name_is_taken_apart(
        string id, long parameters, string? organization, string? basename, string? finetune, string? version, string? size)
    {
        ModelIdentity identity = ModelIdentity.Parse(id, parameters);
        Assert.Equal(
            (organization, basename, finetune, version, size),
            (identity.Organization, identity.Basename, identity.Finetune, identity.Version, identity.SizeLabel));
    }

    [Theory]
    [InlineData("qwen3moe", "Qwen3Moe")]
    [InlineData("Mixtral-8x7B-Instruct-v0.1", "Mixtral 8x7B Instruct v0.1")]
    [InlineData("hermes-2-pro-llama-3-8b-DPO", "Hermes 2 Pro Llama 3 8b DPO")]
    [InlineData("deepseekv3.golden-src", "Deepseekv3.Golden Src")]
    [InlineData("", "")]
    public void An_id_becomes_a_title(string id, string title) => Assert.Equal(title, ModelIdentity.ToTitle(id));

    [Theory]
    [InlineData("")]
    [InlineData("/")]
    [InlineData("-")]
    [InlineData("a/b/c")]
    [InlineData("k")]
    [InlineData("a-1k1")]
    public void Odd_names_are_no_fault(string id) => Assert.NotNull(ModelIdentity.Parse(id, 1000).FullName);
}
