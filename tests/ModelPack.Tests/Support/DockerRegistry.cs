using System.Diagnostics;
using System.Net;
using System.Net.Sockets;

namespace ModelPack.Tests.Support;

/// <summary>The real docker-registry (distribution 2.8), on this machine only, gone after the test.</summary>
internal sealed class DockerRegistry : IDisposable
{
    private readonly TempFolder _folder = new();
    private readonly Process _process;

    private DockerRegistry(string program, string http, string auth)
    {
        Port = FreePort.Find();
        string config = _folder.File("config.yml");
        File.WriteAllLines(
            config,
            [
                "version: 0.1",
                "log: {level: error, accesslog: {disabled: true}}",
                $"storage: {{filesystem: {{rootdirectory: '{_folder.File("data")}'}}, delete: {{enabled: true}}, maintenance: {{uploadpurging: {{enabled: false}}}}}}",
                $"http: {{addr: '127.0.0.1:{Port}', secret: test{http}}}",
                auth,
            ]);
        _process = Process.Start(new ProcessStartInfo(program, ["serve", config]) { RedirectStandardError = true, RedirectStandardOutput = true })!;
        _process.ErrorDataReceived += static (_, _) => { };
        _process.OutputDataReceived += static (_, _) => { };
        _process.BeginErrorReadLine();
        _process.BeginOutputReadLine();
    }

    public int Port { get; }

    /// <summary>Name and port.</summary>
    public string Host => $"127.0.0.1:{Port}";

    /// <summary>Starts one and waits until it listens.</summary>
    /// <param name="http">More fields of "http:", starting with a comma.</param>
    /// <param name="auth">The line "auth: …".</param>
    public static async Task<DockerRegistry> StartAsync(string http = "", string auth = "")
    {
        DockerRegistry registry = new(ExternalProgram.Require("docker-registry"), http, auth);
        for (int i = 0; i < 600; i++)
        {
            try
            {
                using TcpClient client = new();
                await client.ConnectAsync(IPAddress.Loopback, registry.Port, TestContext.Current.CancellationToken);
                return registry;
            }
            catch (SocketException) when (!registry._process.HasExited)
            {
                await Task.Delay(50, TestContext.Current.CancellationToken);
            }
        }

        registry.Dispose();
        throw new InvalidOperationException("docker-registry does not listen.");
    }

    public void Dispose()
    {
        if (!_process.HasExited)
        {
            _process.Kill();
            _process.WaitForExit();
        }

        _process.Dispose();
        _folder.Dispose();
    }
}
