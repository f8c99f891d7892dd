using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Amazon.Runtime;
using Amazon.S3;
using Amazon.S3.Model;

namespace ModelPack.Tests.Support;

/// <summary>moto_server, an emulator of S3, on this machine only; one for all tests of a class.</summary>
public sealed class S3Server : IDisposable
{
    private readonly SemaphoreSlim _gate = new(1);
    private Process? _process;
    private int _buckets;

    /// <summary>Address of the service.</summary>
    public Uri Endpoint { get; private set; } = new("http://127.0.0.1/");

    /// <summary>Starts it before the first test that needs it, and makes a bucket that nobody else uses.</summary>
    /// <returns>Name of the bucket.</returns>
    public async Task<string> BucketAsync()
    {
        string program = ExternalProgram.Find("moto_server") ?? "";
        Assert.SkipUnless(program.Length > 0, "moto_server is not installed: pip install 'moto[server]'");
        CancellationToken cancel = TestContext.Current.CancellationToken;
        await _gate.WaitAsync(cancel);
        try
        {
            _process ??= await StartAsync(program, cancel);
        }
        finally
        {
            _gate.Release();
        }

        string bucket = $"bucket-{Interlocked.Increment(ref _buckets)}";
        using HttpClient http = new();
        using HttpResponseMessage made = await http.PutAsync(new Uri(Endpoint, bucket), new ByteArrayContent([]), cancel);
        made.EnsureSuccessStatusCode();
        return bucket;
    }

    /// <summary>Reads an object without our code; null when it is not there.</summary>
    public async Task<byte[]?> ReadAsync(string bucket, string key)
    {
        using AmazonS3Client client = Client();
        try
        {
            using GetObjectResponse answer = await client.GetObjectAsync(bucket, key, TestContext.Current.CancellationToken);
            using MemoryStream bytes = new();
            await answer.ResponseStream.CopyToAsync(bytes, TestContext.Current.CancellationToken);
            return bytes.ToArray();
        }
        catch (AmazonS3Exception fault) when (fault.StatusCode == HttpStatusCode.NotFound)
        {
            return null;
        }
    }

    /// <summary>Asks for a list such as "?uploads" without our code.</summary>
    public async Task<string> ListAsync(string bucket, string query)
    {
        using HttpClient http = new();
        return await http.GetStringAsync(new Uri(Endpoint, $"{bucket}{query}"), TestContext.Current.CancellationToken);
    }

    /// <summary>Writes an object without our code.</summary>
    public async Task WriteAsync(string bucket, string key, byte[] bytes)
    {
        using AmazonS3Client client = Client();
        await client.PutObjectAsync(new() { BucketName = bucket, Key = key, InputStream = new MemoryStream(bytes) }, TestContext.Current.CancellationToken);
    }

    public void Dispose()
    {
        if (_process is { HasExited: false })
        {
            _process.Kill(entireProcessTree: true);
        }

        _process?.Dispose();
        _gate.Dispose();
    }

    private AmazonS3Client Client() =>
        new(new BasicAWSCredentials("test", "test"), new AmazonS3Config { ServiceURL = Endpoint.AbsoluteUri, ForcePathStyle = true });

    private async Task<Process> StartAsync(string program, CancellationToken cancel)
    {
        // The emulator lets anybody in, but a client signs what it sends, and needs something to sign with.
        Environment.SetEnvironmentVariable("AWS_ACCESS_KEY_ID", "test");
        Environment.SetEnvironmentVariable("AWS_SECRET_ACCESS_KEY", "test");
        int port = FreePort.Find();
        Endpoint = new($"http://127.0.0.1:{port}/");
        Process process = Process.Start(new ProcessStartInfo(program, ["-H", "127.0.0.1", "-p", $"{port}"]) { RedirectStandardError = true, RedirectStandardOutput = true })!;
        process.ErrorDataReceived += static (_, _) => { };
        process.OutputDataReceived += static (_, _) => { };
        process.BeginErrorReadLine();
        process.BeginOutputReadLine();
        for (int i = 0; i < 1200 && !process.HasExited; i++)
        {
            try
            {
                using TcpClient client = new();
                await client.ConnectAsync(IPAddress.Loopback, port, cancel);
                return process;
            }
            catch (SocketException)
            {
                await Task.Delay(50, cancel);
            }
        }

        process.Kill(entireProcessTree: true);
        throw new InvalidOperationException("moto_server does not listen.");
    }
}
