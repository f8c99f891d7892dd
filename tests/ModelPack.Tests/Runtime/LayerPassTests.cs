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

    [Theory]
    [MemberData(nameof(RunnerFixture.Names), MemberType = typeof(RunnerFixture))]
    public void Windows_in_batches_give_what_each_gives_alone(string fixture)
    {
        using RunnerFixture runner = RunnerFixture.Open(fixture);
        int[] tokens = GoldenLogits.Load(fixture)[0].Tokens;
        int[][] windows = [tokens[..12], tokens[3..15], tokens[20..32], [], tokens[5..9], [tokens[7]], tokens[..12]];
        float[][] together = runner.Logits(windows);
        for (int i = 0; i < windows.Length; i++)
        {
            if (windows[i].Length > 0)
            {
                float[] alone = runner.Logits([windows[i]])[0];
                VisitorTests.Near(alone.Select(static v => (double)v), together[i], 1e-4);
            }
        }

        Assert.Equal(together[0], together[^1]);
    }

    [Fact]
    public void Progress_rises_to_the_end()
    {
        using RunnerFixture runner = RunnerFixture.Open("trained-qwen3moe");
        int[] tokens = GoldenLogits.Load("trained-qwen3moe")[0].Tokens;
        List<PassProgress> heard = [];
        runner.Pass.Run([tokens], null, static (_, _, _) => { }, new Ear(heard.Add), TestContext.Current.CancellationToken);
        Assert.Equal(heard.Select(static p => p.TokensDone).Order(), heard.Select(static p => p.TokensDone));
        Assert.All(heard, p => Assert.Equal((3, 4L * tokens.Length), (p.Layers, p.Tokens)));
        Assert.Equal(heard[^1].Tokens, heard[^1].TokensDone);
        Assert.Equal([0, 1, 2, 3], heard.Select(static p => p.Layer).Distinct());
    }

    [Fact]
    public void Windows_that_cannot_be_run_are_refused()
    {
        using RunnerFixture runner = RunnerFixture.Open("trained-qwen3moe");
        Assert.Equal("no tokens to run; expected at least one window with at least one token", Refusal([[], []]));
        Assert.Equal("window 1: token 2048 at position 2; expected 0 to 2047", Refusal([[1], [1, 2, 2048]]));
        Assert.Equal("window 0: token -1 at position 0; expected 0 to 2047", Refusal([[-1]]));
        Assert.Equal("window 0: 4097 tokens; expected at most the model's context of 4096", Refusal([new int[4097]]));
        string Refusal(int[][] windows)
        {
            ModelPackException e = Assert.Throws<ModelPackException>(() => runner.Pass.Run(windows, null, null, null, default));
            Assert.Equal(e.Message, Assert.Throws<ModelPackException>(() => runner.Pass.Estimate(windows, null)).Message);
            return e.Message;
        }
    }

    private sealed class Ear(Action<PassProgress> hear) : IProgress<PassProgress>
    {
        public void Report(PassProgress value) => hear(value);
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
