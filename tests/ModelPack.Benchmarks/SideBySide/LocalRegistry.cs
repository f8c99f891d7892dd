using System.Diagnostics;
using System.Net;
using System.Net.Sockets;

namespace ModelPack.Benchmarks.SideBySide;

/// <summary>An empty docker-registry (Debian's docker-registry) on this machine only; gone with its data when disposed.</summary>
internal sealed class LocalRegistry : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly string _folder;
    private readonly Process _process;

    /// <param name="folder">New folder for its configuration and data.</param>
    public LocalRegistry(string folder)
    {
        _folder = folder;
        Directory.CreateDirectory(folder);
        int port = FreePort();
        Host = $"127.0.0.1:{port}";
        string config = Path.Combine(folder, "config.yml");
        File.WriteAllLines(
            config,
            [
                "version: 0.1",
                "log: {level: error, accesslog: {disabled: true}}",
                $"storage: {{filesystem: {{rootdirectory: '{Path.Combine(folder, "data")}'}}, maintenance: {{uploadpurging: {{enabled: false}}}}}}",
                $"http: {{addr: '{Host}', secret: benchmark}}",
            ]);
        _process = Process.Start(new ProcessStartInfo("docker-registry", ["serve", config]) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        _process.OutputDataReceived += static (_, _) => { };
        _process.ErrorDataReceived += static (_, _) => { };
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
        WaitFor(port);
    }

    /// <summary>Name and port.</summary>
    public string Host { get; }

    /// <summary>Opens an upload and gives the address to PUT a blob to.</summary>
    public static string OpenUpload(string host, string repository, string digest)
    {
        using HttpClient http = new();
        using HttpResponseMessage response = http.Send(new(HttpMethod.Post, $"http://{host}/v2/{repository}/blobs/uploads/"));
        return $"{response.EnsureSuccessStatusCode().Headers.Location}&digest={digest}";
    }

    public void Dispose()
    {
        _process.Kill();
        _process.WaitForExit();
        _process.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    private void WaitFor(int port)
    {
        for (long clock = Stopwatch.GetTimestamp(); Stopwatch.GetElapsedTime(clock) < Patience; Thread.Sleep(20))
        {
            try
            {
                using TcpClient client = new();
                client.Connect(IPAddress.Loopback, port);
                return;
            }
            catch (SocketException) when (!_process.HasExited)
            {
                // Not yet.
            }
        }

        throw new InvalidOperationException("docker-registry does not listen");
    }

    private static int FreePort()
    {
        using TcpListener listener = new(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
