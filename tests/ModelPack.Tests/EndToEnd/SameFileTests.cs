using ModelPack.Quantize.Importance;
using ModelPack.Quantize.Mixtures;
using ModelPack.Tests.Support;

namespace ModelPack.Tests.EndToEnd;

/// <summary>llama.cpp's quantizer and ours on the same file: not a byte may differ, header included.</summary>
public sealed class SameFileTests
{
    private static readonly string[] Presets = [.. QuantPreset.All.Where(static p => p.IsQuantized).Select(static p => p.Name)];

    [Theory]
    [InlineData("deepseekv3")]
    [InlineData("kimik2")]
    [InlineData("llama31")]
    [InlineData("minimaxm2")]
    [InlineData("qwen3")]
    [InlineData("qwen3moe")]
    [InlineData("trained-qwen3moe")]
    public async Task A_fixture_quantizes_to_the_same_file_with_every_preset(string fixture)
    {
        using TempFolder folder = new();
        await RealFiles.ConvertAsync(SharedFolder.Require($"fixtures/{fixture}"), folder.File("in.gguf"), null);
        await CompareAsync(folder, folder.File("in.gguf"), null);
    }

    [Theory]
    [InlineData("stories260K-f32.gguf")]
    [InlineData("stories260K-moe4-f32.gguf")]
    public async Task A_model_whose_rows_no_block_divides_quantizes_to_the_same_file_with_every_preset(string file)
    {
        using TempFolder folder = new();
        await CompareAsync(folder, SharedFolder.Require($"data/models/{file}"), null);
    }

    [Fact]
    public async Task An_importance_matrix_gives_the_same_file_with_every_preset()
    {
        using TempFolder folder = new();
        string fixture = SharedFolder.Require("fixtures/trained-qwen3moe");
        await RealFiles.ConvertAsync(fixture, folder.File("in.gguf"), null);
        await CompareAsync(folder, folder.File("in.gguf"), ImportanceMatrix.Load(Path.Combine(fixture, "golden", "imatrix.gguf")));
    }

    private static async Task CompareAsync(TempFolder folder, string input, ImportanceMatrix? importance)
    {
        (string theirs, string ours) = (folder.File("theirs.gguf"), folder.File("ours.gguf"));
        List<string> differences = [];
        foreach (string preset in Presets)
        {
            LlamaCpp.Quantize(input, theirs, OptionsOf(preset, importance));
            await RealFiles.QuantizeAsync(input, ours, new()
            {
                Preset = QuantPreset.Parse(preset),
                Importance = importance,
                ImportanceFile = importance is null ? null : "imatrix.gguf",
            });
            if (!File.ReadAllBytes(theirs).AsSpan().SequenceEqual(File.ReadAllBytes(ours)))
            {
                IReadOnlyList<string> lines = GgufProbe.Differences(GgufProbe.Read(theirs), GgufProbe.Read(ours));
                differences.Add($"{preset}: {(lines.Count == 0 ? "another order" : string.Join("; ", lines.Take(4)))}");
            }
        }

        Assert.Empty(differences);
    }

    /// <summary>The library takes averages, and the keys that the command line adds.</summary>
    private static LlamaQuantizeOptions OptionsOf(string preset, ImportanceMatrix? importance)
    {
        LlamaQuantizeOptions options = new(Enum.Parse<LlamaFileType>(preset, ignoreCase: true));
        return importance is null ? options : options with
        {
            Imatrix = importance.Entries.ToDictionary(static e => e.Key, static e => e.Value.Values.All()),
            Metadata =
            [
                ("quantize.imatrix.file", "imatrix.gguf"),
                ("quantize.imatrix.dataset", importance.Datasets[0]),
                ("quantize.imatrix.entries_count", importance.EntryCount),
                ("quantize.imatrix.chunks_count", importance.ChunkCount),
            ],
        };
    }
}
