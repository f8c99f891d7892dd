using ModelPack.Models.Checkpoints;
using ModelPack.Models.Conversion;
using ModelPack.Quantize.Calibration;
using ModelPack.Quantize.Importance;
using ModelPack.Runtime;
using ModelPack.Runtime.Calibration;
using ModelPack.Tests.Support;

namespace ModelPack.Tests.Runtime.Calibration;

public sealed class ImportanceCalibrationTests : IDisposable
{
    private const int Context = 32;

    private readonly TempFolder _folder = new();
    private readonly Checkpoint _checkpoint;
    private readonly ModelWeights _weights;

    public ImportanceCalibrationTests()
    {
        RandomCheckpoint.Write(_folder.File("hub"), RandomModel.TinyMoe);
        _checkpoint = Checkpoint.Open(_folder.File("hub"), TestContext.Current.CancellationToken);
        _weights = ModelWeights.Of(_checkpoint);
    }

    public void Dispose()
    {
        _checkpoint.Dispose();
        _folder.Dispose();
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public void An_interrupted_calibration_is_continued_with_the_same_result(int stopAtLayer)
    {
        byte[] whole = Calibrate(Options("a", resume: false));
        using CancellationTokenSource stop = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        Watcher stopper = new(p =>
        {
            if (p.Round == 1 && p.Layer == stopAtLayer)
            {
                stop.Cancel();
            }
        });
        Assert.ThrowsAny<OperationCanceledException>(() => Calibrate(Options("b", resume: false), stopper, stop.Token));
        List<CalibrationProgress> seen = [];
        byte[] resumed = Calibrate(Options("b", resume: true), new Watcher(seen.Add));
        Assert.Equal(whole, resumed);

        // The first round was done, as was what the second had finished.
        Assert.DoesNotContain(seen, p => p.Round == 0 || (p.Round == 1 && p.Layer < stopAtLayer));
    }

    [Fact]
    public void Rounds_follow_each_other_through_the_text_until_experts_have_enough()
    {
        List<CalibrationProgress> seen = [];
        using WindowSource text = Text();
        CalibrationResult result = new ImportanceCalibration { Runner = Options("c", resume: false), Windows = 1, EnsureExperts = 120 }
            .Run(_weights, text, null, new Watcher(seen.Add), TestContext.Current.CancellationToken);
        Assert.True(result.Rounds > 1);
        Assert.Equal(result.Windows, text.Given);
        Assert.All(result.Collector.ExpertTokens().SelectMany(static e => e.Tokens), static t => Assert.True(t >= 120));
        Assert.Equal(result.Tokens, seen[^1].TokensDone);
        Assert.Equal(seen.OrderBy(static p => p.TokensDone), seen);
    }

    [Fact]
    public void All_experts_tokens_are_the_active_ones_of_every_token()
    {
        using WindowSource text = Text();
        CalibrationResult result = new ImportanceCalibration { Runner = Options("d", resume: false) with { StateFolder = null }, Windows = 3 }
            .Run(_weights, text, null, null, TestContext.Current.CancellationToken);
        Assert.Equal((3, 1, false), (result.Windows, result.Rounds, result.TextEnded));
        Assert.All(result.Collector.ExpertTokens(), static layer => Assert.Equal(3 * Context * 2, layer.Tokens.Sum()));
    }

    private byte[] Calibrate(RunnerOptions options, IProgress<CalibrationProgress>? progress = null, CancellationToken cancel = default)
    {
        using WindowSource text = Text();
        CalibrationResult result = new ImportanceCalibration { Runner = options, Windows = 1, EnsureExperts = 120 }
            .Run(_weights, text, null, progress, cancel);
        string path = _folder.File(Guid.NewGuid().ToString("N"));
        ImportanceWriter.Write(path, CollectedImportance.Entries(_weights.Spec, result.Collector), ["text"], result.Windows, result.Context);
        return File.ReadAllBytes(path);
    }

    private RunnerOptions Options(string state, bool resume) =>
        new() { Device = "cpu", Threads = 1, StateFolder = _folder.File(state), Resume = resume, Fingerprint = "the same" };

    private static WindowSource Text()
    {
        Random random = new(3);
        return new(Enumerable.Range(0, 100).Select(_ => Enumerable.Range(0, 50).Select(_ => random.Next(512)).ToArray()), Context, null);
    }

    private sealed class Watcher(Action<CalibrationProgress> report) : IProgress<CalibrationProgress>
    {
        public void Report(CalibrationProgress value) => report(value);
    }
}
