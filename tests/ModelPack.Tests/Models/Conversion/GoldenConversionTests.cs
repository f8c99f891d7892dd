using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text.Json;
using ModelPack.Models.Cards;
using ModelPack.Models.Checkpoints;
using ModelPack.Models.Conversion;
using ModelPack.Models.Gguf;
using ModelPack.Models.Tensors;
using ModelPack.Models.Tokenizers;
using ModelPack.Tests.Support;

namespace ModelPack.Tests.Models.Conversion;

/// <summary>Every fixture against what llama.cpp's own converter wrote for it.</summary>
public sealed class GoldenConversionTests
{
    // The reference's tokenizer keys for kimik2 come from an equivalent tokenizer.json, which names a padding token.
    private const string KimiPadding = "tokenizer.ggml.padding_token_id";

    // Our names come from the folder as it is; the converter ran in folders of other names. Nothing else may differ.
    private static readonly Dictionary<string, string> BetterNames = new()
    {
        ["deepseekv3"] = "Deepseekv3",
        ["kimik2"] = "Kimik2",
        ["llama31"] = "Llama31",
        ["minimaxm2"] = "Minimaxm2",
        ["qwen3"] = "Qwen3",
        ["qwen3moe"] = "Qwen3Moe",
        ["trained-qwen3moe"] = "Trained Qwen3Moe",
    };

    public static TheoryData<string> Fixtures => [.. BetterNames.Keys];

    [Theory]
    [MemberData(nameof(Fixtures))]
    public void The_tensors_are_those_of_the_converter(string fixture)
    {
        (GgufModel model, Checkpoint checkpoint, JsonElement golden) = Convert(fixture);
        using (checkpoint)
        {
            Assert.Equal(
                golden.GetProperty("tensors").EnumerateArray().Select(Describe).Order(GgufTensorOrder.Instance),
                model.Tensors.Select(Describe));
        }
    }

    [Theory]
    [MemberData(nameof(Fixtures))]
    public void The_metadata_is_that_of_the_converter_but_for_the_name(string fixture)
    {
        (GgufModel model, Checkpoint checkpoint, JsonElement golden) = Convert(fixture);
        using (checkpoint)
        {
            string[] expected =
            [
                .. golden.GetProperty("metadata").EnumerateObject()
                    .Where(p => p.Name is not ("general.file_type" or "general.quantization_version")
                        && !(fixture == "kimik2" && p.Name == KimiPadding))
                    .Select(p => p.Name == "general.name"
                        ? $"general.name string \"{BetterNames[fixture]}\""
                        : $"{p.Name} {p.Value.GetProperty("type").GetString()} {Spell(p.Value)}"),
            ];
            Assert.Equal(expected, model.Metadata.Select(static p => $"{p.Key} {TypeOf(p.Value)} {Spell(p.Value)}"));
        }
    }

    [Fact]
    public void The_layer_for_multi_token_prediction_is_dropped_with_a_reason()
    {
        (GgufModel model, Checkpoint checkpoint, _) = Convert("deepseekv3");
        using (checkpoint)
        {
            Assert.NotEmpty(model.Dropped);
            Assert.All(model.Dropped, static d =>
            {
                Assert.StartsWith("model.layers.3.", d.Name, StringComparison.Ordinal);
                Assert.Equal("multi-token prediction layer", d.Reason);
            });
        }
    }

    private static (GgufModel Model, Checkpoint Checkpoint, JsonElement Golden) Convert(string fixture)
    {
        string folder = SharedFolder.Require($"fixtures/{fixture}");
        Checkpoint checkpoint = Checkpoint.Open(folder, TestContext.Current.CancellationToken);
        Vocabulary vocabulary = VocabularyReader.Read(folder, checkpoint.Config.Integer("vocab_size"), new());
        GgufModel model = GgufConversion.Create(checkpoint, vocabulary, ModelCardReader.ReadFolder(folder));
        using JsonDocument golden = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(folder, "golden", "gguf-bf16.json")));
        return (model, checkpoint, golden.RootElement.Clone());
    }

    private static string Describe(JsonElement tensor) =>
        $"{tensor.GetProperty("name").GetString()} {tensor.GetProperty("type").GetString()} "
        + $"[{string.Join(", ", tensor.GetProperty("shape").EnumerateArray().Select(static d => d.GetInt64()))}] "
        + tensor.GetProperty("sha256").GetString();

    private static string Describe(GgufModelTensor tensor)
    {
        TensorSource source = tensor.Weights;
        Assert.Equal(tensor.Count, source.Rows * source.Columns);
        float[] weights = NumberedSource.ReadAll(source);
        byte[] bytes = tensor.BaseType == GgmlType.F32
            ? MemoryMarshal.AsBytes(weights.AsSpan()).ToArray()
            : MemoryMarshal.AsBytes(Array.ConvertAll(weights, ToBF16).AsSpan()).ToArray();
        return $"{tensor.Name} {tensor.BaseType} [{string.Join(", ", tensor.Shape)}] {System.Convert.ToHexStringLower(SHA256.HashData(bytes))}";
    }

    private static ushort ToBF16(float value)
    {
        uint bits = BitConverter.SingleToUInt32Bits(value);
        return (ushort)((bits + 0x7FFF + ((bits >> 16) & 1)) >> 16);
    }

    private static string TypeOf(GgufValue value) => value.Type == GgufValueType.Array
        ? $"array/{value.ElementType!.Value.ToString().ToLowerInvariant()}"
        : value.Type.ToString().ToLowerInvariant();

    private static string Spell(JsonElement entry)
    {
        JsonElement value = entry.GetProperty("value");
        return entry.GetProperty("type").GetString() switch
        {
            _ when value.ValueKind == JsonValueKind.Object => $"{value.GetProperty("count")} values",
            "float32" => ((float)value.GetDouble()).ToString("R"),
            "array/string" => string.Join(",", value.EnumerateArray().Select(static v => $"\"{v.GetString()}\"")),
            "string" => $"\"{value.GetString()}\"",
            _ => value.ToString(),
        };
    }

    private static string Spell(GgufValue value) => value.Value switch
    {
        float number => number.ToString("R"),
        Array { Length: > 64 } array => $"{array.Length} values",
        string[] texts => string.Join(",", texts.Select(static t => $"\"{t}\"")),
        string text => $"\"{text}\"",
        { } other => other.ToString()!,
    };
}
