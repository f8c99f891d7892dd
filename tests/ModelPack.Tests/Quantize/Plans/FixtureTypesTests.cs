using System.Text.Json;
using ModelPack.Models.Conversion;
using ModelPack.Models.Gguf;
using ModelPack.Quantize.Mixtures;
using ModelPack.Quantize.Plans;
using ModelPack.Tests.Support;

namespace ModelPack.Tests.Quantize.Plans;

/// <summary>Plans of the fixtures' real tensor lists against the files that llama-quantize made of them.</summary>
public sealed class FixtureTypesTests
{
    public static TheoryData<string, string> Cases()
    {
        TheoryData<string, string> cases = [];
        foreach (string fixture in new[] { "llama31", "qwen3", "qwen3moe" })
        {
            foreach (QuantPreset preset in QuantPreset.All.Where(static p => p.IsQuantized))
            {
                cases.Add(fixture, preset.Name);
            }
        }

        return cases;
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void A_fixture_gets_the_types_of_llama_quantize_in_its_order(string fixture, string preset)
    {
        using JsonDocument golden = Read(fixture, "quantized.json");
        string[] expected =
        [
            .. golden.RootElement.GetProperty("presets").GetProperty(preset.ToUpperInvariant()).EnumerateArray()
                .Select(static t => $"{t.GetProperty("name")} {t.GetProperty("type")}"),
        ];
        QuantizationPlan plan = QuantizationPlan.ForQuantize(
            ModelOf(fixture), "m.gguf", new QuantizeOptions { Preset = QuantPreset.Parse(preset) });
        Assert.Equal(expected, plan.Tensors.Select(static t => $"{t.Name} {t.Type}"));
    }

    [Theory]
    [InlineData("llama31")]
    [InlineData("qwen3")]
    [InlineData("qwen3moe")]
    [InlineData("deepseekv3")]
    [InlineData("minimaxm2")]
    public void A_conversion_keeps_the_types_of_the_converter(string fixture)
    {
        GgufModel model = ModelOf(fixture);
        QuantizationPlan plan = QuantizationPlan.ForConvert(model, "m.gguf", null);
        Assert.Equal(model.Tensors.Select(static t => (t.Name, t.BaseType)), plan.Tensors.Select(static t => (t.Name, t.Type)));
        QuantizationPlan same = QuantizationPlan.ForConvert(model, "m.gguf", QuantPreset.BF16);
        Assert.Equal(plan.Tensors.Select(static t => t.Type), same.Tensors.Select(static t => t.Type));
        Assert.Equal(32, plan.Preset.FileType);
    }

    /// <summary>The converter's own list: names, shapes and types, with the keys that mixtures look at.</summary>
    private static GgufModel ModelOf(string fixture)
    {
        using JsonDocument golden = Read(fixture, "gguf-bf16.json");
        GgufMetadata metadata = [];
        foreach (JsonProperty key in golden.RootElement.GetProperty("metadata").EnumerateObject())
        {
            JsonElement value = key.Value.GetProperty("value");
            if (value.ValueKind == JsonValueKind.String)
            {
                metadata[key.Name] = GgufValue.Of(value.GetString()!);
            }
            else if (value.ValueKind == JsonValueKind.Number && value.TryGetUInt32(out uint number))
            {
                metadata[key.Name] = GgufValue.Of(number);
            }
        }

        GgufModelTensor[] tensors =
        [
            .. golden.RootElement.GetProperty("tensors").EnumerateArray().Select(static t =>
            {
                long[] shape = [.. t.GetProperty("shape").EnumerateArray().Select(static d => d.GetInt64())];
                return FakeModel.Tensor(t.GetProperty("name").GetString()!, shape) with
                {
                    BaseType = GgmlType.All.Single(g => g.Name == t.GetProperty("type").GetString()),
                };
            }),
        ];
        return new(metadata, tensors, GgmlType.BF16, [], []);
    }

    private static JsonDocument Read(string fixture, string file) =>
        JsonDocument.Parse(File.ReadAllBytes(SharedFolder.Require($"fixtures/{fixture}/golden/{file}")));
}
