using System.Collections.Concurrent;
using System.Net;

namespace ModelPack.Tests.Support;

/// <summary>A server on this machine that can be made to fail in a chosen way.</summary>
internal abstract class HttpDouble : IDisposable
{
    private readonly HttpListener _listener = new();

    protected HttpDouble()
    {
        Host = $"127.0.0.1:{FreePort.Find()}";
        _listener.Prefixes.Add($"http://{Host}/");
        _listener.Start();
        _ = Task.Run(ServeAsync);
    }

    /// <summary>Name and port.</summary>
    public string Host { get; }

    /// <summary>Every request, in a line.</summary>
    public ConcurrentQueue<string> Log { get; } = [];

    /// <summary>Answers in its own way and says true, or says false.</summary>
    public Func<HttpListenerContext, bool> Fault { get; set; } = static _ => false;

    /// <summary>Answers without a body.</summary>
    public static bool Answer(HttpListenerContext context, int status, params (string Name, string Value)[] headers)
    {
        foreach ((string name, string value) in headers)
        {
            context.Response.AddHeader(name, value);
        }

        context.Response.StatusCode = status;
        context.Response.Close();
        return true;
    }

    public void Dispose() => _listener.Close();

    /// <summary>How a request is logged.</summary>
    protected abstract string Describe(HttpListenerRequest request, string path);

    /// <summary>Answers a request for which no fault is set.</summary>
    protected abstract void Respond(HttpListenerContext context, string path);

    /// <summary>Before any answer.</summary>
    protected virtual void Receive(HttpListenerContext context)
    {
    }

    private async Task ServeAsync()
    {
        while (_listener.IsListening)
        {
            try
            {
                HttpListenerContext context = await _listener.GetContextAsync();
                _ = Task.Run(() => Handle(context));
            }
            catch (Exception fault) when (fault is HttpListenerException or ObjectDisposedException)
            {
                return;
            }
        }
    }

    private void Handle(HttpListenerContext context)
    {
        string path = context.Request.Url!.AbsolutePath;
        Log.Enqueue(Describe(context.Request, path));
        try
        {
            Receive(context);
            if (!Fault(context))
            {
                Respond(context, path);
            }
        }
        catch (Exception fault) when (fault is HttpListenerException or IOException or ObjectDisposedException or InvalidOperationException)
        {
            context.Response.Abort();
        }
    }
}
