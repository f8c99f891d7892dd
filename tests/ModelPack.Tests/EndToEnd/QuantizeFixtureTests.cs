using System.Security.Cryptography;
using ModelPack.Models.Gguf;
using ModelPack.Quantize.Importance;
using ModelPack.Quantize.Mixtures;
using ModelPack.Tests.Support;

namespace ModelPack.Tests.EndToEnd;

/// <summary>One pass from the hub's folder gives what llama.cpp's two tools give one after the other.</summary>
public sealed class QuantizeFixtureTests
{
    public static TheoryData<string, string> FixturesAndPresets()
    {
        TheoryData<string, string> rows = [];
        foreach (string fixture in (string[])["llama31", "qwen3", "qwen3moe", "trained-qwen3moe"])
        {
            foreach (QuantPreset preset in QuantPreset.All.Where(static p => p.IsQuantized))
            {
                rows.Add(fixture, preset.Name);
            }
        }

        return rows;
    }

    [Theory]
    [MemberData(nameof(FixturesAndPresets))]
    public async Task Every_tensor_has_llama_quantizes_type_and_bytes(string fixture, string preset)
    {
        string folder = SharedFolder.Require($"fixtures/{fixture}");
        string golden = preset.ToUpperInvariant();
        Assert.Contains(golden, GoldenTensors.Presets(fixture));
        using TempFolder temp = new();
        await Tool.SucceedAsync("quantize", folder, "-t", preset, "-o", temp.File("q.gguf"));
        using GgufFile file = GgufFile.Open(temp.File("q.gguf"));
        Assert.Equal(GoldenTensors.OfPreset(fixture, golden), GoldenTensors.Of(file));
    }

    [Theory]
    [InlineData("llama31", "q4_k_m", nameof(LlamaFileType.Q4_K_M))]
    [InlineData("qwen3", "q8_0", nameof(LlamaFileType.Q8_0))]
    [InlineData("trained-qwen3moe", "q4_k_m", nameof(LlamaFileType.Q4_K_M))]
    [InlineData("deepseekv3", "q4_k_m", nameof(LlamaFileType.Q4_K_M))]
    [InlineData("kimik2", "q5_k_m", nameof(LlamaFileType.Q5_K_M))]
    [InlineData("minimaxm2", "q6_k", nameof(LlamaFileType.Q6_K))]
    public async Task The_whole_file_is_llama_quantizes_file(string fixture, string preset, string fileType)
    {
        string folder = SharedFolder.Require($"fixtures/{fixture}");
        using TempFolder temp = new();
        await Tool.SucceedAsync("convert", folder, "-t", "f32", "-o", temp.File("f32.gguf"));
        LlamaCpp.Quantize(temp.File("f32.gguf"), temp.File("peer.gguf"), Enum.Parse<LlamaFileType>(fileType));
        await Tool.SucceedAsync("quantize", folder, "-t", preset, "-o", temp.File("folder.gguf"));
        await Tool.SucceedAsync("quantize", temp.File("f32.gguf"), "-t", preset, "-o", temp.File("gguf.gguf"));
        string expected = Hash(temp.File("peer.gguf"));
        Assert.Equal(expected, Hash(temp.File("folder.gguf")));
        Assert.Equal(expected, Hash(temp.File("gguf.gguf")));
    }

    [Theory]
    [InlineData("q4_k_m")]
    [InlineData("q4_0")]
    [InlineData("q3_k_m")]
    public async Task Threads_memory_and_splits_change_no_tensor(string preset)
    {
        string folder = RepositoryFolder.Join("samples", "tiny-qwen3moe");
        using TempFolder temp = new();
        await Tool.SucceedAsync("quantize", folder, "-t", preset, "-o", temp.File("one.gguf"), "--threads", "1");
        await Tool.SucceedAsync("quantize", folder, "-t", preset, "-o", temp.File("many.gguf"), "--threads", "7", "--memory", "4MiB");
        await Tool.SucceedAsync("quantize", folder, "-t", preset, "-o", temp.File("parts.gguf"), "--split-max-size", "1MB");
        Assert.Equal(Hash(temp.File("one.gguf")), Hash(temp.File("many.gguf")));
        using GgufFile whole = GgufFile.Open(temp.File("one.gguf"));
        using GgufFile parts = GgufFile.Open(Directory.GetFiles(temp.Path, "parts-00001-of-*.gguf").Single());
        Assert.InRange(parts.Files.Count, 3, 8);
        Assert.All(parts.Files, static f => Assert.InRange(new FileInfo(f).Length, 1, 1_000_000));
        Assert.Equal(GoldenTensors.Of(whole), GoldenTensors.Of(parts));
        using LlamaModel loaded = LlamaCpp.Load(parts.Files[0]);
        Assert.Equal(5_841_024, loaded.Parameters);
    }

    [Fact]
    public async Task The_importance_matrix_of_llama_cpp_gives_its_bytes_and_its_metadata()
    {
        string fixture = SharedFolder.Require("fixtures/trained-qwen3moe");
        string matrix = SharedFolder.Require("fixtures/trained-qwen3moe/golden/imatrix.gguf");
        using TempFolder temp = new();
        await Tool.SucceedAsync("convert", fixture, "-t", "f32", "-o", temp.File("f32.gguf"));
        await Tool.SucceedAsync("quantize", fixture, "--imatrix", matrix, "-o", temp.File("ours.gguf"));
        using ImportanceMatrix loaded = ImportanceMatrix.Load(matrix);
        LlamaCpp.Quantize(temp.File("f32.gguf"), temp.File("peer.gguf"), new LlamaQuantizeOptions(LlamaFileType.Q4_K_M)
        {
            Imatrix = loaded.Entries.ToDictionary(static e => e.Key, static e => e.Value.Values.All()),
        });
        using GgufFile ours = GgufFile.Open(temp.File("ours.gguf"));
        using GgufFile peer = GgufFile.Open(temp.File("peer.gguf"));
        Assert.Equal(GoldenTensors.Of(peer), GoldenTensors.Of(ours));
        Assert.Equal(loaded.Entries.Count, ours.Metadata["quantize.imatrix.entries_count"].AsInteger());
        Assert.Equal(60, ours.Metadata["quantize.imatrix.chunks_count"].AsInteger());
    }

    private static string Hash(string path)
    {
        using FileStream file = File.OpenRead(path);
        return Convert.ToHexString(SHA256.HashData(file));
    }
}
