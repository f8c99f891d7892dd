using System.Security.Cryptography;
using System.Text.Json;
using ModelPack.Models.Gguf;

namespace ModelPack.Tests.Support;

/// <summary>What llama.cpp's own tools wrote for the fixtures, and the same facts of our files.</summary>
internal static class GoldenTensors
{
    /// <summary>One tensor: its type in upper case and the hash of its data.</summary>
    public sealed record Fact(string Name, string Type, string Sha256);

    /// <summary>Tensors of the converter's bf16 file.</summary>
    public static IReadOnlyList<Fact> OfConversion(string fixture) => Read(Document(fixture, "gguf-bf16.json").GetProperty("tensors"));

    /// <summary>Presets that llama-quantize was run with, by its spelling: "Q4_K_M".</summary>
    public static IReadOnlyList<string> Presets(string fixture) =>
        [.. Document(fixture, "quantized.json").GetProperty("presets").EnumerateObject().Select(static p => p.Name)];

    /// <summary>Tensors of llama-quantize's file from the converter's bf16 file.</summary>
    public static IReadOnlyList<Fact> OfPreset(string fixture, string preset) =>
        Read(Document(fixture, "quantized.json").GetProperty("presets").GetProperty(preset));

    /// <summary>Tensors of a file of ours, in file order.</summary>
    public static IReadOnlyList<Fact> Of(GgufFile file)
    {
        List<Fact> facts = [];
        foreach (GgufTensorInfo tensor in file.Tensors)
        {
            byte[] bytes = new byte[tensor.Bytes];
            file.ReadBytes(tensor, 0, bytes);
            facts.Add(new(tensor.Name, tensor.Type.Name, Convert.ToHexStringLower(SHA256.HashData(bytes))));
        }

        return facts;
    }

    private static JsonElement Document(string fixture, string name) =>
        JsonDocument.Parse(File.ReadAllText(SharedFolder.Require($"fixtures/{fixture}/golden/{name}"))).RootElement;

    private static Fact[] Read(JsonElement tensors) =>
    [
        .. tensors.EnumerateArray().Select(static t => new Fact(
            t.GetProperty("name").GetString()!,
            t.GetProperty("type").GetString()!.ToUpperInvariant(),
            t.GetProperty("sha256").GetString()!)),
    ];
}
