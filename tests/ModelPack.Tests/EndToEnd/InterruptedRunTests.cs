using System.Security.Cryptography;
using ModelPack.Cli;
using ModelPack.Tests.Support;

namespace ModelPack.Tests.EndToEnd;

/// <summary>A run that dies leaves nothing under its final name and is continued to the same bytes.</summary>
public sealed class InterruptedRunTests(InterruptedRunTests.Undisturbed undisturbed) : IClassFixture<InterruptedRunTests.Undisturbed>, IDisposable
{
    private readonly TempFolder _folder = new();

    private string Output => _folder.File("out.gguf");

    private string Journal => Output + ".partial.journal";

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_killed_run_is_resumed_to_the_same_bytes()
    {
        using (ToolProcess run = Start())
        {
            await WaitForNoteAsync(run);
            run.Kill();
            Assert.NotEqual(ExitCode.Success, await run.WaitAsync());
        }

        await ResumeAsync();
    }

    [Fact]
    public async Task An_interrupted_run_says_so_and_is_resumed_to_the_same_bytes()
    {
        using (ToolProcess run = Start())
        {
            await WaitForNoteAsync(run);
            run.Interrupt();
            Assert.Equal(ExitCode.Cancelled, await run.WaitAsync());
            Assert.EndsWith("modelpack: cancelled", run.Error.TrimEnd(), StringComparison.Ordinal);
        }

        await ResumeAsync();
    }

    private ToolProcess Start() => ToolProcess.Start([.. undisturbed.Command, "-o", Output]);

    /// <summary>Returns when the journal says of some slices that they are on the disk.</summary>
    private async Task WaitForNoteAsync(ToolProcess run)
    {
        await WaitForJournalAsync(run, length: 0);
        long start = new FileInfo(Journal).Length;

        // While it stands still its clock goes on, so that it brings what it has to the disk as soon as it may.
        await Task.Delay(100, TestContext.Current.CancellationToken);
        run.Pause();
        await Task.Delay(TimeSpan.FromSeconds(2.2), TestContext.Current.CancellationToken);
        run.GoOn();
        await WaitForJournalAsync(run, start);
    }

    private async Task WaitForJournalAsync(ToolProcess run, long length)
    {
        while (!File.Exists(Journal) || new FileInfo(Journal).Length <= length)
        {
            Assert.False(run.HasExited, $"it came to its end too early\n{run.Error}");
            await Task.Delay(2, TestContext.Current.CancellationToken);
        }
    }

    private async Task ResumeAsync()
    {
        Assert.Equal(
            ["out.gguf.partial", "out.gguf.partial.journal"], Directory.GetFiles(_folder.Path).Select(Path.GetFileName).Order());
        Tool run = await Tool.SucceedAsync([.. undisturbed.Command, "-o", Output, "--resume"]);
        Assert.Contains("% of it by an earlier run", run.Output, StringComparison.Ordinal);
        Assert.Equal(undisturbed.Hash, Undisturbed.HashOf(Output));
        Assert.Equal([Output], Directory.GetFiles(_folder.Path));
    }

    /// <summary>A model whose quantization takes seconds, and what comes of it when nothing interferes.</summary>
    public sealed class Undisturbed : IAsyncLifetime
    {
        private readonly TempFolder _folder = new();

        /// <summary>The command line without the output.</summary>
        public IReadOnlyList<string> Command => ["quantize", _folder.File("model"), "-t", "q4_k_m", "--threads", "1"];

        /// <summary>SHA-256 of the output.</summary>
        public string Hash { get; private set; } = "";

        public static string HashOf(string path)
        {
            using FileStream file = File.OpenRead(path);
            return Convert.ToHexString(SHA256.HashData(file));
        }

        public async ValueTask InitializeAsync()
        {
            RandomCheckpoint.Write(_folder.File("model"), RandomModel.OfSize(200_000_000, experts: true), shardBytes: 80_000_000);
            await Tool.SucceedAsync([.. Command, "-o", _folder.File("out.gguf")]);
            Hash = HashOf(_folder.File("out.gguf"));
        }

        public ValueTask DisposeAsync()
        {
            _folder.Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
