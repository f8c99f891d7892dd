using ModelPack.Models;
using ModelPack.Runtime;
using ModelPack.Tests.Support;

namespace ModelPack.Tests.Runtime;

/// <summary>Every family, layer by layer, beside llama.cpp's logits.</summary>
public sealed class LayerPassTests
{
    [Theory]
    [MemberData(nameof(RunnerFixture.Names), MemberType = typeof(RunnerFixture))]
    public void Logits_are_those_of_llama_cpp(string fixture)
    {
        using TempFolder folder = new();
        using RunnerFixture runner = RunnerFixture.OpenFolder(AsLlamaCpp(fixture, folder));
        IReadOnlyList<GoldenLogits> goldens = GoldenLogits.Load(fixture);
        float[][] logits = runner.Logits([.. goldens.Select(static g => g.Tokens)]);
        foreach ((GoldenLogits golden, float[] actual) in goldens.Zip(logits))
        {
            golden.AssertNear(actual, tolerance: 1e-3, share: 0.95);
        }
    }

    // llama.cpp takes 32 for YaRN's beta_fast whatever the file says; Kimi K2's config says 1, which its own code honors and so do we.
    private static string AsLlamaCpp(string fixture, TempFolder folder)
    {
        string source = SharedFolder.Require($"fixtures/{fixture}");
        if (fixture != "kimik2")
        {
            return source;
        }

        File.CreateSymbolicLink(folder.File("model.safetensors"), Path.Combine(source, "model.safetensors"));
        string config = File.ReadAllText(Path.Combine(source, "config.json"));
        Assert.Contains("\"beta_fast\": 1.0", config);
        File.WriteAllText(folder.File("config.json"), config.Replace("\"beta_fast\": 1.0", "\"beta_fast\": 32.0", StringComparison.Ordinal));
        return folder.Path;
    }
}
