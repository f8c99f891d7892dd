using System.Net;
using System.Net.Sockets;

namespace ModelPack.Tests.Support;

/// <summary>Stands before a server and cuts the first connection that sends more than some bytes, in the middle of whatever it is.</summary>
internal sealed class CuttingProxy : IDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly int _port;
    private readonly int _cutAfter;
    private int _cuts;

    public CuttingProxy(int port, int cutAfter)
    {
        (_port, _cutAfter) = (port, cutAfter);
        _listener.Start();
        Host = $"127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port}";
        _ = Task.Run(ServeAsync);
    }

    /// <summary>Name and port.</summary>
    public string Host { get; }

    /// <summary>Told before the connection is cut.</summary>
    public Action OnCut { get; init; } = static () => { };

    /// <summary>Connections that were cut.</summary>
    public int Cuts => _cuts;

    public void Dispose() => _listener.Dispose();

    private async Task ServeAsync()
    {
        try
        {
            while (true)
            {
                _ = ForwardAsync(await _listener.AcceptTcpClientAsync());
            }
        }
        catch (Exception fault) when (fault is SocketException or ObjectDisposedException)
        {
            // The test is over.
        }
    }

    private async Task ForwardAsync(TcpClient client)
    {
        using (client)
        using (TcpClient server = new())
        {
            try
            {
                await server.ConnectAsync(IPAddress.Loopback, _port);
                _ = server.GetStream().CopyToAsync(client.GetStream()).ContinueWith(_ => client.Close(), TaskScheduler.Default);
                byte[] buffer = new byte[8192];
                for (int total = 0, read; (read = await client.GetStream().ReadAsync(buffer)) > 0;)
                {
                    total += read;
                    if (total > _cutAfter && Interlocked.CompareExchange(ref _cuts, 1, 0) == 0)
                    {
                        OnCut();
                        return;
                    }

                    await server.GetStream().WriteAsync(buffer.AsMemory(0, read));
                }
            }
            catch (Exception fault) when (fault is IOException or SocketException or ObjectDisposedException or InvalidOperationException)
            {
                // One side is gone.
            }
        }
    }
}
