using ModelPack.Models;
using ModelPack.Models.Conversion;
using ModelPack.Quantize.Calibration;
using ModelPack.Runtime;
using ModelPack.Tests.Support;

namespace ModelPack.Tests.Runtime;

/// <summary>Passes that are interrupted, that do not fit in memory, or both.</summary>
public sealed class PassStateTests
{
    private const string Moe = "latent attention, experts in groups with a bias, a shared expert, YaRN";

    // Less than the activations of all tokens need.
    private const long Little = 1 << 14;

    private static readonly int[][] Windows = [.. Enumerable.Range(0, 9).Select(static i => MadeUpWeights.Tokens(21, i))];

    [Theory]
    [MemberData(nameof(MadeUpWeights.Names), MemberType = typeof(MadeUpWeights))]
    public void What_does_not_fit_in_memory_goes_through_files_with_the_same_results(string kind)
    {
        ModelWeights weights = MadeUpWeights.Of(MadeUpWeights.Specs[kind]);
        (Recorder expected, Recorder actual) = (new() { Misses = static (_, _) => 4 }, new() { Misses = static (_, _) => 4 });
        float[][] inMemory = VisitorTests.Run(weights, Windows, expected);
        using TempFolder folder = new();
        RunnerOptions options = RunnerFixture.Cpu with { MemoryBytes = Little, StateFolder = folder.Path };
        using (LayerPass pass = LayerPass.Open(weights, options))
        {
            Assert.InRange(pass.Estimate(Windows, actual).SpilledBytes, 1000, 10_000_000);
            using LayerPass roomy = LayerPass.Open(weights, RunnerFixture.Cpu);
            Assert.Equal(0, roomy.Estimate(Windows, actual).SpilledBytes);
        }

        float[][] spilled = VisitorTests.Run(weights, Windows, actual, options);
        Same(inMemory, spilled);
        foreach (((LinearInput input, RowSample sample), List<(float Gate, float[] Row)> rows) in expected.Seen)
        {
            VisitorTests.Near(rows.SelectMany(static r => r.Row).Select(static v => (double)v), [.. actual.Seen[(input, sample)].SelectMany(static r => r.Row)], 1e-4);
        }

        Assert.Equal(["pass.json", "residual-after-2.f32"], Directory.GetFiles(folder.Path).Select(static f => Path.GetFileName(f)).Order());
        Same(inMemory, VisitorTests.Run(weights, Windows, null, options with { StateFolder = null }));
    }

    [Theory]
    [InlineData(Moe, LinearPlace.AttentionInput, null)]
    [InlineData(Moe, LinearPlace.AttentionHeads, null)]
    [InlineData(Moe, LinearPlace.ExpertInner, null)]
    [InlineData(Moe, LinearPlace.SharedInner, null)]
    [InlineData(Moe, LinearPlace.AttentionInput, Little)]
    [InlineData(Moe, LinearPlace.ExpertInner, Little)]
    [InlineData(Moe, LinearPlace.SharedInner, Little)]
    [InlineData("latent attention with plain queries, dense", LinearPlace.FeedForwardInner, Little)]
    public void A_cancelled_pass_goes_on_after_its_last_whole_layer(string kind, LinearPlace place, long? memory)
    {
        ModelWeights weights = MadeUpWeights.Of(MadeUpWeights.Specs[kind]);
        float[][] whole = VisitorTests.Run(weights, Windows, null);
        using TempFolder folder = new();
        RunnerOptions options = RunnerFixture.Cpu with { MemoryBytes = memory, StateFolder = folder.Path, Fingerprint = "same" };
        using CancellationTokenSource source = new();
        Recorder cut = new()
        {
            OnComplete = input =>
            {
                if (input.Layer == 1 && input.Place == place)
                {
                    source.Cancel();
                }
            },
        };
        using (LayerPass pass = LayerPass.Open(weights, options))
        {
            Assert.ThrowsAny<OperationCanceledException>(() => pass.Run(Windows, cut, null, null, source.Token));
        }

        Assert.Equal([0], cut.Done);
        Recorder rest = new();
        float[][] resumed = VisitorTests.Run(weights, Windows, rest, options with { Resume = true });
        Assert.Equal(1, rest.First);
        Assert.Equal([1], rest.Done);
        Assert.All(rest.Seen.Keys, k => Assert.True(k.Input.Layer >= 1));
        Same(whole, resumed);

        // A third run has nothing left but the head; without the option, all is done again.
        Recorder last = new();
        Same(whole, VisitorTests.Run(weights, Windows, last, options with { Resume = true }));
        Assert.Equal(2, last.First);
        Recorder again = new();
        VisitorTests.Run(weights, Windows, again, options);
        Assert.Equal(0, again.First);
    }

    [Fact]
    public void The_state_of_another_pass_is_refused()
    {
        ModelWeights weights = MadeUpWeights.Of(MadeUpWeights.Specs[Moe]);
        using TempFolder folder = new();
        RunnerOptions options = RunnerFixture.Cpu with { StateFolder = folder.Path, Fingerprint = "one", Resume = true };
        VisitorTests.Run(weights, Windows, null, options);
        string state = folder.File("pass.json");
        string expected = $"{state}: is the state of another run (other weights, text or settings); expected the same, or a run without --resume";
        Assert.Equal(expected, Refusal(Windows, options with { Fingerprint = "two" }));
        Assert.Equal(expected, Refusal([.. Windows.Skip(1)], options));
        Assert.Equal(expected, Refusal([[.. Windows[0], .. Windows[1]], .. Windows.Skip(2)], options));
        VisitorTests.Run(weights, Windows, null, options);
        VisitorTests.Run(weights, [.. Windows.Skip(1)], null, options with { Resume = false });
        string Refusal(int[][] windows, RunnerOptions other) =>
            Assert.Throws<ModelPackException>(() => VisitorTests.Run(weights, windows, null, other)).Message;
    }

    [Theory]
    [InlineData("", "The input does not contain any JSON tokens")]
    [InlineData("{", "Expected depth to be zero")]
    [InlineData("[]", "The requested operation requires an element of type 'Object'")]
    [InlineData("{\"layers\": \"1\"}", "The requested operation requires an element of type 'Number'")]
    [InlineData("{\"layers\": 1}", "The given key was not present in the dictionary")]
    public void A_damaged_state_is_named(string text, string reason)
    {
        ModelWeights weights = MadeUpWeights.Of(MadeUpWeights.Specs[Moe]);
        using TempFolder folder = new();
        File.WriteAllText(folder.File("pass.json"), text);
        RunnerOptions options = RunnerFixture.Cpu with { StateFolder = folder.Path, Resume = true };
        ModelPackException e = Assert.Throws<ModelPackException>(() => VisitorTests.Run(weights, Windows, null, options));
        Assert.StartsWith($"{folder.File("pass.json")}: {reason}", e.Message, StringComparison.Ordinal);
        Assert.EndsWith("; expected the state of an interrupted run", e.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_state_without_its_activations_is_named(bool shortened)
    {
        ModelWeights weights = MadeUpWeights.Of(MadeUpWeights.Specs[Moe]);
        using TempFolder folder = new();
        RunnerOptions options = RunnerFixture.Cpu with { StateFolder = folder.Path, Resume = true };
        VisitorTests.Run(weights, Windows, null, options);
        string residual = folder.File("residual-after-2.f32");
        byte[] bytes = File.ReadAllBytes(residual);
        Assert.Equal(Windows.Sum(static w => w.Length) * 32 * sizeof(float), bytes.Length);
        File.Delete(residual);
        if (shortened)
        {
            File.WriteAllBytes(residual, bytes[..^1]);
        }

        ModelPackException e = Assert.Throws<ModelPackException>(() => VisitorTests.Run(weights, Windows, null, options));
        Assert.Equal($"{folder.File("pass.json")}: residual-after-2.f32 is missing or too short; expected the state of an interrupted run", e.Message);
    }

    [Fact]
    public void A_folder_that_cannot_be_made_is_named()
    {
        ModelWeights weights = MadeUpWeights.Of(MadeUpWeights.Specs[Moe]);
        using TempFolder folder = new();
        string file = folder.Write("file", "x"u8);
        RunnerOptions options = RunnerFixture.Cpu with { StateFolder = Path.Combine(file, "below") };
        ModelPackException e = Assert.Throws<ModelPackException>(() => VisitorTests.Run(weights, Windows, null, options));
        Assert.StartsWith($"{Path.Combine(file, "below")}: cannot write: ", e.Message, StringComparison.Ordinal);
    }

    private static void Same(float[][] expected, float[][] actual) =>
        VisitorTests.Near(expected.SelectMany(static l => l).Select(static v => (double)v), [.. actual.SelectMany(static l => l)], 1e-4);
}
