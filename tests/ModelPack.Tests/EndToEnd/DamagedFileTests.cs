using ModelPack.Models;
using ModelPack.Models.Checkpoints;
using ModelPack.Models.Conversion;
using ModelPack.Models.Gguf;
using ModelPack.Models.Tokenizers;
using ModelPack.Quantize.Importance;
using ModelPack.Quantize.Mixtures;
using ModelPack.Quantize.Plans;
using ModelPack.Tests.Support;

namespace ModelPack.Tests.EndToEnd;

/// <summary>A damaged file is either still a model or a fault of ours that says so in one printable line; never anything else.</summary>
public sealed class DamagedFileTests : IDisposable
{
    private const int Seeds = 300;

    private const int LongestMessage = 2000;

    private const long MostAllocated = 400L << 20;

    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("deepseekv3")]
    [InlineData("kimik2")]
    [InlineData("llama31")]
    [InlineData("minimaxm2")]
    [InlineData("qwen3moe")]
    public void A_damaged_config(string fixture)
    {
        string original = Link(fixture, "config.json");
        Check(seed =>
        {
            File.WriteAllText(_folder.File("config.json"), Mutations.Json(original, seed));
            using Checkpoint checkpoint = Checkpoint.Open(_folder.Path);
            _ = QuantizationPlan.ForQuantize(
                GgufConversion.Create(checkpoint, null), _folder.File("out.gguf"), new() { Preset = QuantPreset.Parse("q4_k_m") });
        });
    }

    [Theory]
    [InlineData("deepseekv3", "tokenizer.json")]
    [InlineData("llama31", "tokenizer.json")]
    [InlineData("qwen3", "tokenizer.json")]
    [InlineData("qwen3", "tokenizer_config.json")]
    [InlineData("kimik2", "tokenizer_config.json")]
    public void A_damaged_tokenizer(string fixture, string file)
    {
        string original = Link(fixture, file);
        Check(seed =>
        {
            File.WriteAllText(_folder.File(file), Mutations.Json(original, seed));
            GgufMetadata metadata = [];
            VocabularyMetadata.Append(metadata, VocabularyReader.Read(_folder.Path, 2048, new()));
        });
    }

    [Fact]
    public void A_damaged_tiktoken_model()
    {
        Link("kimik2", "tiktoken.model");
        byte[] original = File.ReadAllBytes(SharedFolder.Require("fixtures/kimik2/tiktoken.model"));
        Check(seed =>
        {
            File.WriteAllBytes(_folder.File("tiktoken.model"), Mutations.Bytes(original, seed, original.Length));
            VocabularyReader.Read(_folder.Path, 2048, new());
        });
    }

    [Fact]
    public void A_damaged_safetensors_file()
    {
        const string Name = "model-00001-of-00002.safetensors";
        Link("deepseekv3", Name);
        byte[] original = File.ReadAllBytes(SharedFolder.Require($"fixtures/deepseekv3/{Name}"));
        Check(seed =>
        {
            File.WriteAllBytes(_folder.File(Name), Mutations.Bytes(original, seed, 8 + (int)BitConverter.ToInt64(original)));
            using Checkpoint checkpoint = Checkpoint.Open(_folder.Path);
            foreach (GgufModelTensor tensor in GgufConversion.Create(checkpoint, null).Tensors)
            {
                tensor.Weights.Read(tensor.Weights.Rows - 1, new float[tensor.Weights.Columns]);
            }
        });
    }

    [Fact]
    public void A_damaged_gguf_file()
    {
        string path = SharedFolder.Require("data/models/stories260K-f32.gguf");
        byte[] original = File.ReadAllBytes(path);
        int header = (int)GgufProbe.Read(path).Tensors[0].Offset;
        Check(seed =>
        {
            File.WriteAllBytes(_folder.File("in.gguf"), Mutations.Bytes(original, seed, header));
            using GgufFile file = GgufFile.Open(_folder.File("in.gguf"));
            _ = QuantizationPlan.ForQuantize(
                GgufSource.Create(file), _folder.File("out.gguf"), new() { Preset = QuantPreset.Parse("q8_0") });
        });
    }

    [Fact]
    public void A_damaged_importance_matrix()
    {
        byte[] original = File.ReadAllBytes(SharedFolder.Require("fixtures/trained-qwen3moe/golden/imatrix.gguf"));
        Check(seed =>
        {
            File.WriteAllBytes(_folder.File("imatrix.gguf"), Mutations.Bytes(original, seed, 6000));
            ImportanceMatrix.Load(_folder.File("imatrix.gguf"));
        });
    }

    /// <summary>Links all files of a fixture but one, whose text is returned.</summary>
    private string Link(string fixture, string without)
    {
        string folder = SharedFolder.Require($"fixtures/{fixture}");
        foreach (string file in Directory.GetFiles(folder).Where(f => Path.GetFileName(f) != without))
        {
            File.CreateSymbolicLink(_folder.File(Path.GetFileName(file)), file);
        }

        return File.ReadAllText(Path.Combine(folder, without));
    }

    private static void Check(Action<int> open)
    {
        List<string> wrong = [];
        for (int seed = 0; seed < Seeds; seed++)
        {
            long before = GC.GetAllocatedBytesForCurrentThread();
            try
            {
                open(seed);
            }
            catch (ModelPackException e) when (e.Message.Length <= LongestMessage && !e.Message.Any(char.IsControl))
            {
            }
            catch (Exception e)
            {
                wrong.Add($"seed {seed}: {e.GetType().Name}: {e.Message[..Math.Min(120, e.Message.Length)]}");
            }

            long allocated = GC.GetAllocatedBytesForCurrentThread() - before;
            if (allocated > MostAllocated)
            {
                wrong.Add($"seed {seed}: {allocated} bytes allocated");
            }
        }

        Assert.True(wrong.Count == 0, $"{wrong.Count} of {Seeds}:\n{string.Join('\n', wrong.Take(10))}");
    }
}
