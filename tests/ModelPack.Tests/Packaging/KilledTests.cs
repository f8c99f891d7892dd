using ModelPack.Cli;
using ModelPack.Packaging.Registries;
using ModelPack.Tests.Support;

namespace ModelPack.Tests.Packaging;

/// <summary>The tool in a process of its own, killed in the middle or without room on the disk.</summary>
public sealed class KilledTests
{
    private const int Sent = 8 << 20;
    private static readonly byte[] Weights = TestPackage.Bytes((2 * Sent) + 333);

    [Fact]
    public async Task A_push_to_the_real_registry_that_is_killed_in_a_chunk_and_repeated_is_whole()
    {
        using DockerRegistry registry = await DockerRegistry.StartAsync();
        using ManualResetEventSlim reached = new();
        using ManualResetEventSlim release = new();
        using CuttingProxy proxy = new(registry.Port, cutAfter: 11 << 20)
        {
            OnCut = () =>
            {
                reached.Set();
                release.Wait(TimeSpan.FromSeconds(60));
            },
        };
        using TempFolder folder = new();
        await TestPackage.PackAsync(folder.File("layout"), "1.0.0", null, ("model.gguf", Weights));
        string[] line = ["push", folder.File("layout"), $"oci://{proxy.Host}/a:1.0.0", "--chunk-size", "4MiB"];
        using (ToolProcess tool = ToolProcess.Start(line))
        {
            Assert.True(reached.Wait(TimeSpan.FromSeconds(60), TestContext.Current.CancellationToken), tool.Error);
            tool.Kill();
        }

        release.Set();
        using RegistryStore store = TestPackage.Registry(registry.Host, "a");
        Assert.Null(await store.FindAsync("1.0.0", TestContext.Current.CancellationToken));
        await Tool.SucceedAsync(line);
        await TestPackage.PullAsync(store, "1.0.0", folder.File("out"));
        Assert.Equal(Weights, File.ReadAllBytes(folder.File("out/model.gguf")));
        await Tool.SucceedAsync("verify", folder.File("out"));
    }

    [Fact]
    public async Task A_pull_that_is_killed_and_repeated_goes_on_with_what_is_there()
    {
        using TempFolder folder = new();
        using RegistryDouble registry = new();
        using ManualResetEventSlim release = new();
        await ServeAsync(folder, registry);
        registry.Fault = context =>
        {
            if (context.Request.RawUrl!.EndsWith(RegistryDouble.DigestOf(Weights), StringComparison.Ordinal))
            {
                context.Response.ContentLength64 = Weights.Length;
                context.Response.OutputStream.Write(Weights, 0, Sent);
                context.Response.OutputStream.Flush();
                release.Wait(TimeSpan.FromSeconds(60));
                context.Response.Abort();
                return true;
            }

            return false;
        };
        string[] line = ["pull", $"oci://{registry.Host}/a:1.0.0", "-o", folder.File("out")];
        FileInfo partial = new(folder.File("out/model.gguf.partial"));
        using (ToolProcess tool = ToolProcess.Start(line))
        {
            for (int i = 0; i < 1200 && (!partial.Exists || partial.Length < Sent); i++, partial.Refresh())
            {
                Assert.False(tool.HasExited, tool.Error);
                await Task.Delay(50, TestContext.Current.CancellationToken);
            }

            tool.Kill();
        }

        release.Set();
        Assert.Equal(Sent, partial.Length);
        Assert.False(File.Exists(folder.File("out/model.gguf")));
        registry.Fault = static _ => false;
        registry.Log.Clear();
        await Tool.SucceedAsync(line);
        Assert.Equal(Weights, File.ReadAllBytes(folder.File("out/model.gguf")));
        Assert.Equal($"GET /v2/a/blobs/{RegistryDouble.DigestOf(Weights)} bytes={Sent}-", Assert.Single(registry.Log, static l => l.Contains(RegistryDouble.DigestOf(Weights), StringComparison.Ordinal)));
        await Tool.SucceedAsync("verify", folder.File("out"));
    }

    [Fact]
    public async Task A_disk_that_is_full_ends_the_pull_and_leaves_no_name()
    {
        if (OperatingSystem.IsWindows())
        {
            Assert.Skip("Files are limited by ulimit, which Windows has not.");
            return;
        }

        using TempFolder folder = new();
        using RegistryDouble registry = new();
        await ServeAsync(folder, registry);
        string[] line = ["pull", $"oci://{registry.Host}/a:1.0.0", "-o", folder.File("out")];

        // No file may grow beyond 12 MiB: a write then fails as on a full disk.
        string limited = $"trap '' XFSZ; ulimit -f {12 << 10}; export DOTNET_EnableWriteXorExecute=0; exec dotnet exec '{typeof(Program).Assembly.Location}' {string.Join(' ', line)}";
        (int code, string output, string error) = await ExternalProgram.StartAsync("bash", "-c", limited);
        Assert.Equal((ExitCode.Failure, ""), (code, output));
        Assert.Contains("model.gguf.partial: the file cannot grow any further", error, StringComparison.Ordinal);
        Assert.False(File.Exists(folder.File("out/model.gguf")));
        Assert.False(Directory.Exists(folder.File("out/.modelpack")));

        await Tool.SucceedAsync(line);
        Assert.Equal(Weights, File.ReadAllBytes(folder.File("out/model.gguf")));
    }

    private static async Task ServeAsync(TempFolder folder, RegistryDouble registry)
    {
        await TestPackage.PackAsync(folder.File("layout"), "1.0.0", null, ("model.gguf", Weights));
        using RegistryStore store = TestPackage.Registry(registry.Host, "a", TestPackage.Options(chunk: 64 << 20));
        await TestPackage.PushAsync(folder.File("layout"), store, "1.0.0");
        registry.Log.Clear();
    }
}
