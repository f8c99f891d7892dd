using System.Globalization;
using ModelPack.Models.Checkpoints;
using ModelPack.Models.Conversion;
using ModelPack.Quantize.Calibrated;
using ModelPack.Quantize.Calibration;
using ModelPack.Quantize.Onnx;
using ModelPack.Quantize.Solving;
using ModelPack.Runtime;
using ModelPack.Tests.Support;

namespace ModelPack.Tests.Runtime;

/// <summary>A model that is larger than the memory it may use. Runs alone: the process's memory is looked at.</summary>
[Collection(nameof(MemoryTests))]
public sealed class MemoryTests
{
    private const long Budget = 64L << 20;

    // 220 MB of bf16, 440 MB of float32; 13 MB of it are the largest step.
    private static readonly RandomModel Model = new(9, 512, 8, 2, 64, 512, 16, 2048);

    // Wide enough that moments and factors are more than what a run holds anyway.
    private static readonly RandomModel Solved = new(2, 1536, 8, 2, 128, 512, 6, 2048);

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_model_larger_than_memory_stays_within_the_estimate(bool looks)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "reads /proc/self/status");
        using TempFolder folder = new();
        RandomCheckpoint.Write(folder.Path, Model);
        Assert.True(Model.Parameters * sizeof(float) > 6 * Budget);
        using RunnerFixture runner = RunnerFixture.OpenFolder(folder.Path, RunnerFixture.Cpu with { MemoryBytes = Budget });
        int[][] windows = [.. Enumerable.Range(0, 2).Select(static i => MadeUpWeights.Tokens(96, i, 2048))];
        Counter? visitor = looks ? new() : null;
        PassEstimate estimate = runner.Pass.Estimate(windows, visitor);
        Assert.InRange(estimate.PeakBytes, Budget / 4, 2 * Budget);
        long peak = PeakOf(() => runner.Pass.Run(windows, visitor, static (_, _, _) => { }, null, TestContext.Current.CancellationToken));
        Assert.InRange(peak >> 20, 1, estimate.PeakBytes >> 20);
        Assert.True(visitor is null || visitor.Rows > 0);
    }

    // The managed arrays that are dropped from step to step are collected in time for the next.
    [Fact]
    public void Solving_stays_within_the_estimate_too()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "reads /proc/self/status");
        using TempFolder folder = new();
        RandomCheckpoint.Write(folder.Path, Solved);
        using Checkpoint checkpoint = Checkpoint.Open(folder.Path, TestContext.Current.CancellationToken);
        ModelWeights weights = ModelWeights.Of(checkpoint);
        SolveTargets targets = SolveTargets.Of(OnnxPlan.Create(checkpoint, folder.File("out"), new OnnxOptions { Type = OnnxType.Int4 }), weights);
        SolveOptions options = new() { Threads = 2 };
        int[][] windows = [.. Enumerable.Range(0, 4).Select(static i => MadeUpWeights.Tokens(96, i, 2048))];
        using LayerPass pass = LayerPass.Open(weights, RunnerFixture.Cpu with { MemoryBytes = 256L << 20 });
        PassEstimate estimate = pass.Estimate(windows, new ImportanceCollector(), logits: false);
        long solving = SolveMemory.PeakBytes(weights, targets, options, estimate.ExpertsAtOnce);
        using SolveVisitor visitor = new(weights, targets, options, folder.File("state"));
        long peak = PeakOf(() => pass.Run(windows, new PairedVisitor(new ImportanceCollector(), visitor), null, null, TestContext.Current.CancellationToken));
        Assert.InRange(peak >> 20, solving >> 21, (estimate.PeakBytes + solving) >> 20);
        Assert.Equal(targets.Count, visitor.Solutions.Count);
    }

    private static long PeakOf(Action run)
    {
        GC.Collect(2, GCCollectionMode.Aggressive, blocking: true, compacting: true);
        long before = Anonymous();
        long peak = before;
        using (Timer timer = new(_ => peak = Math.Max(peak, Anonymous()), null, 0, 5))
        {
            run();
        }

        return peak - before;
    }

    private static long Anonymous()
    {
        string line = File.ReadLines("/proc/self/status").First(static l => l.StartsWith("RssAnon:", StringComparison.Ordinal));
        return long.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture) << 10;
    }
}
