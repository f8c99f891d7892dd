using System.Text.RegularExpressions;
using ModelPack.Models.Conversion;
using ModelPack.Quantize.Mixtures;
using ModelPack.Tests.Support;

namespace ModelPack.Tests.Quantize.Mixtures;

/// <summary>
/// llama.cpp's snapshots of 8 real models, compared whole: every quantizable tensor is listed with its real row length,
/// so that a missing and a superfluous exception fail alike.
/// </summary>
public sealed partial class PresetSchemaTests
{
    /// <param name="File">Name of the snapshot.</param>
    /// <param name="Architecture">GGUF architecture.</param>
    /// <param name="Columns">Row length of every tensor that has no entry in <paramref name="Other"/>.</param>
    /// <param name="Other">Row lengths by the part of the name after the layer.</param>
    /// <param name="Stacks">Stacks of experts in each layer that <paramref name="StackedBeside"/> names.</param>
    /// <param name="StackedBeside">A tensor that stands in every layer with experts.</param>
    private sealed record Model(
        string File,
        string Architecture,
        int Columns,
        Dictionary<string, int> Other,
        string[] Stacks,
        string StackedBeside);

    private static readonly Model[] Models =
    [
        new("qwen3-0.6b", "qwen3", 1024, new() { ["attn_output"] = 2048, ["ffn_down"] = 3072 }, [], ""),
        new("meta-llama-3.1-70b-instruct", "llama", 8192, new() { ["ffn_down"] = 28672 }, [], ""),
        new("gemma-3-4b-it", "gemma3", 2560, new() { ["attn_output"] = 2048, ["ffn_down"] = 10240 }, [], ""),
        new("qwen3.6-27b", "qwen35", 5120, new() { ["attn_output"] = 6144, ["ssm_out"] = 6144, ["ffn_down"] = 17408 }, [], ""),
        new(
            "deepseek-v3.1",
            "deepseek2",
            7168,
            new()
            {
                ["attn_k_b"] = 128,
                ["attn_v_b"] = 512,
                ["attn_output"] = 16384,
                ["attn_q_b"] = 1536,
                ["ffn_down"] = 18432,
                ["ffn_down_exps"] = 2048,
                ["ffn_down_shexp"] = 2048,
            },
            ["ffn_down_exps", "ffn_gate_exps", "ffn_up_exps"],
            "ffn_down_shexp"),
        new(
            "gpt-oss-120b",
            "gpt-oss",
            2880,
            new() { ["attn_output"] = 4096 },
            ["ffn_down_exps", "ffn_gate_exps", "ffn_up_exps"],
            "attn_k"),
        new(
            "nemotron-nano-3-30b-a3b",
            "nemotron_h_moe",
            2688,
            new() { ["attn_output"] = 4096, ["ssm_out"] = 4096, ["ffn_down_exps"] = 1856, ["ffn_down_shexp"] = 3712 },
            ["ffn_down_exps", "ffn_up_exps"],
            "ffn_down_shexp"),
        new(
            "qwen3-coder-next",
            "qwen3next",
            2048,
            new() { ["attn_output"] = 4096, ["ssm_out"] = 4096, ["ffn_down_exps"] = 512, ["ffn_down_shexp"] = 512 },
            ["ffn_down_exps", "ffn_gate_exps", "ffn_up_exps"],
            "ffn_down_shexp"),
    ];

    public static TheoryData<string, string> Cases()
    {
        TheoryData<string, string> cases = [];
        foreach (Model model in Models)
        {
            foreach (QuantPreset preset in QuantPreset.All)
            {
                cases.Add(model.File, preset.Name);
            }
        }

        return cases;
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void A_real_model_gets_the_types_of_llama_quantize(string file, string presetName)
    {
        Model model = Models.Single(m => m.File == file);
        PresetSchema schema = PresetSchema.Read(SharedFolder.Require($"data/presets/{file}.schema"));
        PresetSchema.Section section = schema.Sections[presetName];
        ModelTraits traits = new(
            model.Architecture,
            schema.Header["n_layer"],
            schema.Header["n_head"],
            schema.Header["n_head_kv"],
            schema.Header.GetValueOrDefault("n_expert"));
        QuantPreset preset = QuantPreset.Parse(presetName);
        string[] names = [.. NamesOf(model, schema)];
        MixtureWalk walk = new(preset, traits, names, hasImportance: false);
        Assert.Equal(section.Default, preset.Default.Name);
        Dictionary<string, string> exceptions = [];
        foreach (string name in names)
        {
            int columns = model.Other.GetValueOrDefault(PartOf(name), model.Columns);
            string type = TypeFallback.For(walk.Next(name, columns), columns).Name;
            if (type != section.Default)
            {
                exceptions.Add(name, type);
            }
        }

        Assert.Equal(section.Exceptions.OrderBy(static e => e.Key), exceptions.OrderBy(static e => e.Key));
    }

    private static IEnumerable<string> NamesOf(Model model, PresetSchema schema)
    {
        IEnumerable<string> names = schema.DenseNames;
        if (model.File == "deepseek-v3.1")
        {
            // The two halves of kv_b are 3-D, one matrix a head, so the snapshot takes them for experts.
            names = names.Concat(Enumerable.Range(0, 61).SelectMany(static n => new[] { $"blk.{n}.attn_k_b.weight", $"blk.{n}.attn_v_b.weight" }));
        }

        IEnumerable<string> stacks = schema.DenseNames
            .Where(n => PartOf(n) == model.StackedBeside)
            .SelectMany(n => model.Stacks.Select(s => n.Replace(model.StackedBeside, s, StringComparison.Ordinal)));
        return names.Concat(stacks).Order(GgufTensorOrder.Instance);
    }

    private static string PartOf(string name) => Layer().Replace(name, "").Replace(".weight", "", StringComparison.Ordinal);

    [GeneratedRegex(@"^blk\.[0-9]+\.")]
    private static partial Regex Layer();
}
