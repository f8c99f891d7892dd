using System.Text;
using System.Text.Json;
using ModelPack.Models.Cards;
using ModelPack.Models.Checkpoints;
using ModelPack.Models.Conversion;
using ModelPack.Models.Gguf;

namespace ModelPack.Tests.Models.Conversion;

public sealed class GeneralMetadataTests
{
    [Fact]
    public void A_card_with_everything_gives_the_converters_keys_in_its_order()
    {
        const string Card = """
            ---
            model_name: My Model
            model_creator: Someone
            license:
            - apache-2.0
            - mit
            base_model:
            - Qwen/Qwen3-30B-A3B-Instruct-2507
            - https://huggingface.co/mistralai/Mistral-7B-v0.1
            - https://example.org/models/x
            datasets: allenai/c4
            tags: [moe]
            pipeline_tag: text-generation
            language: no
            ---
            """;
        Assert.Equal(
            [
                "general.name = My Model",
                "general.author = Someone",
                "general.version = 2507",
                "general.organization = acme",
                "general.finetune = Instruct",
                "general.basename = Toy",
                "general.size_label = 3M",
                "general.license = apache-2.0,mit",
                "general.base_model.count = 3",
                "general.base_model.0.name = Qwen3 30B A3B Instruct 2507",
                "general.base_model.0.version = 2507",
                "general.base_model.0.organization = Qwen",
                "general.base_model.0.repo_url = https://huggingface.co/Qwen/Qwen3-30B-A3B-Instruct-2507",
                "general.base_model.1.name = Mistral 7B v0.1",
                "general.base_model.1.version = v0.1",
                "general.base_model.1.organization = Mistralai",
                "general.base_model.1.repo_url = https://huggingface.co/mistralai/Mistral-7B-v0.1",
                "general.base_model.2.repo_url = https://example.org/models/x",
                "general.dataset.count = 1",
                "general.dataset.0.name = C4",
                "general.dataset.0.organization = Allenai",
                "general.dataset.0.repo_url = https://huggingface.co/allenai/c4",
                "general.tags = moe|text-generation",
                "general.languages = no",
            ],
            Keys("{}", null, Card, new(FolderName: "acme/Toy-3m-Instruct-2507"), 2_900_000));
    }

    [Fact]
    public void The_name_on_the_command_line_comes_before_all_others() =>
        Assert.Contains("general.name = Chosen", Keys("{}", null, "---\nname: Card\n---\n", new("Chosen", "folder"), 1));

    [Theory]
    [InlineData("""{"_name_or_path": "meta-llama/Llama-2-7b-hf"}""", "Llama 2 7b Hf")]
    [InlineData("""{"_name_or_path": "/home/me/out/ckpt"}""", "My Folder")]
    [InlineData("""{"_name_or_path": ""}""", "My Folder")]
    [InlineData("""{"_name_or_path": 7}""", "My Folder")]
    [InlineData("{}", "My Folder")]
    public void The_configs_own_id_names_the_model_unless_it_is_a_path(string config, string name) =>
        Assert.Contains($"general.name = {name}", Keys(config, null, null, new(FolderName: "my-folder"), 7_000_000_000));

    [Fact]
    public void Sampling_keys_have_the_converters_types_and_odd_values_are_passed_over()
    {
        using JsonDocument generation = JsonDocument.Parse("""
            {"temperature": 0.6, "top_k": 20, "top_p": 0.95, "min_p": null, "mirostat": "on", "penalty_last_n": 64.0, "do_sample": true}
            """);
        GgufMetadata metadata = [];
        GeneralMetadata.Append(metadata, SyntheticCheckpoint.Config("{}"), generation.RootElement, null, new("x"), "1K", 1000);
        Assert.Equal(
            ["general.sampling.top_k Int32", "general.sampling.top_p Float32", "general.sampling.temp Float32", "general.sampling.penalty_last_n Int32"],
            metadata.Take(4).Select(static p => $"{p.Key} {p.Value.Type}"));
        Assert.Equal("general.name", metadata.ElementAt(4).Key);
    }

    [Theory]
    [InlineData("/models/Qwen3-0.6B", "Qwen3-0.6B")]
    [InlineData("/models/Qwen3-0.6B/", "Qwen3-0.6B")]
    [InlineData("/c/hub/models--Qwen--Qwen3-0.6B/snapshots/c1899de289a04d12100db370d81485cdf75e47ca", "Qwen/Qwen3-0.6B")]
    [InlineData("/c/other/snapshots/abc", "abc")]
    public void A_folder_of_the_hubs_cache_is_named_by_its_model(string folder, string name) =>
        Assert.Equal(name, ModelFolder.NameOf(folder));

    private static string[] Keys(string config, JsonElement? generation, string? card, GgufConversionOptions options, long parameters)
    {
        GgufMetadata metadata = [];
        ModelConfig parsed = SyntheticCheckpoint.Config(config);
        GeneralMetadata.Append(
            metadata, parsed, generation, card is null ? null : ModelCardReader.Parse(Encoding.UTF8.GetBytes(card)), options, "computed", parameters);
        return [.. metadata.Select(static p => $"{p.Key} = {(p.Value.Value is string[] list ? string.Join('|', list) : p.Value.Value)}")];
    }
}
