using ModelPack.Models.Checkpoints;
using ModelPack.Models.Conversion;
using ModelPack.Quantize.Calibration;
using ModelPack.Runtime;
using ModelPack.Tests.Support;

namespace ModelPack.Tests.Runtime;

/// <summary>A checkpoint that is run layer by layer.</summary>
internal sealed class RunnerFixture : IDisposable
{
    private readonly Checkpoint _checkpoint;

    private RunnerFixture(Checkpoint checkpoint, RunnerOptions options)
    {
        _checkpoint = checkpoint;
        Weights = ModelWeights.Of(checkpoint);
        Pass = LayerPass.Open(Weights, options);
    }

    /// <summary>Every family.</summary>
    public static TheoryData<string> Names { get; } =
        ["deepseekv3", "kimik2", "llama31", "minimaxm2", "qwen3", "qwen3moe", "trained-qwen3moe"];

    /// <summary>Its weights.</summary>
    public ModelWeights Weights { get; }

    /// <summary>The runner.</summary>
    public LayerPass Pass { get; }

    /// <summary>Opens a fixture; skips the test when it is absent.</summary>
    public static RunnerFixture Open(string fixture, RunnerOptions? options = null) =>
        OpenFolder(SharedFolder.Require($"fixtures/{fixture}"), options);

    /// <summary>Opens a folder from the hub.</summary>
    public static RunnerFixture OpenFolder(string folder, RunnerOptions? options = null)
    {
        Checkpoint checkpoint = Checkpoint.Open(folder);
        try
        {
            return new(checkpoint, options ?? Cpu);
        }
        catch
        {
            checkpoint.Dispose();
            throw;
        }
    }

    /// <summary>The CPU, with two threads.</summary>
    public static RunnerOptions Cpu { get; } = new() { Device = "cpu", Threads = 2 };

    /// <summary>Runs windows.</summary>
    /// <returns>Logits of each, row-major.</returns>
    public float[][] Logits(IReadOnlyList<int[]> windows, ILinearVisitor? visitor = null)
    {
        int vocabulary = Weights.Spec.VocabularySize;
        float[][] logits = [.. windows.Select(w => new float[w.Length * vocabulary])];
        int[] next = new int[windows.Count];
        Pass.Run(
            windows,
            visitor,
            (window, first, rows) =>
            {
                Assert.Equal(next[window], first);
                rows.CopyTo(logits[window].AsSpan(first * vocabulary));
                next[window] += rows.Length / vocabulary;
            },
            progress: null,
            TestContext.Current.CancellationToken);
        Assert.Equal(windows.Select(static w => w.Length), next);
        return logits;
    }

    public void Dispose()
    {
        Pass.Dispose();
        _checkpoint.Dispose();
    }
}
