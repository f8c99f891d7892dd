using System.Collections.Concurrent;
using System.IO.Compression;
using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using System.Xml.Linq;

namespace ModelPack.Tests.Support;

/// <summary>A double of the NuGet v3 protocol in memory: it takes and gives packages, and can be made to fail in a chosen way.</summary>
internal sealed class FeedDouble : IDisposable
{
    private readonly HttpListener _listener = new();

    public FeedDouble()
    {
        Host = $"127.0.0.1:{FreePort.Find()}";
        _listener.Prefixes.Add($"http://{Host}/");
        _listener.Start();
        _ = Task.Run(ServeAsync);
    }

    /// <summary>Name and port.</summary>
    public string Host { get; }

    /// <summary>Address of the service index.</summary>
    public string Index => $"http://{Host}/v3/index.json";

    /// <summary>What the service index says of where packages are sent to.</summary>
    public string PublishAddress { get; set; } = "";

    /// <summary>Packages by "id/version" in small letters.</summary>
    public ConcurrentDictionary<string, byte[]> Packages { get; } = [];

    /// <summary>Ids of the packages in the order in which they were taken.</summary>
    public ConcurrentQueue<string> Taken { get; } = [];

    /// <summary>Every request: "PUT /api/v2/package/ key=k1 auth=Basic …".</summary>
    public ConcurrentQueue<string> Log { get; } = [];

    /// <summary>The API key that publishing needs; null for none.</summary>
    public string? Key { get; set; }

    /// <summary>"NAME:PASSWORD" that every request needs; null for none.</summary>
    public string? Login { get; set; }

    /// <summary>Bytes that a package has at most.</summary>
    public long Limit { get; set; } = long.MaxValue;

    /// <summary>Whether packages can be got back.</summary>
    public bool ShowsPackages { get; set; } = true;

    /// <summary>Answers in its own way and says true, or says false.</summary>
    public Func<HttpListenerContext, bool> Fault { get; set; } = static _ => false;

    public void Dispose() => _listener.Close();

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
        HttpListenerRequest request = context.Request;
        string path = request.Url!.AbsolutePath;
        Log.Enqueue($"{request.HttpMethod} {path} key={request.Headers["X-NuGet-ApiKey"]} auth={request.Headers["Authorization"]} length={request.Headers["Content-Length"]} type={request.ContentType?.Split(';')[0]}");
        string expected = $"Basic {Convert.ToBase64String(Encoding.UTF8.GetBytes(Login ?? ""))}";
        using MemoryStream body = new();
        try
        {
            // The listener asks for every body. A client that still sends when the answer closes the connection may never read the answer.
            request.InputStream.CopyTo(body);
            _ = Fault(context)
                || (Login is not null && request.Headers["Authorization"] != expected ? RegistryDouble.Answer(context, 401, ("WWW-Authenticate", "Basic realm=\"feed\""))
                : path == "/v3/index.json" ? Send(context, Encoding.UTF8.GetBytes(ServiceIndex()))
                : request.HttpMethod == "PUT" && path == "/api/v2/package/" ? Take(context, body.ToArray())
                : path.StartsWith("/v3/flat/", StringComparison.Ordinal) && ShowsPackages ? Give(context, path["/v3/flat/".Length..].Split('/'))
                : RegistryDouble.Answer(context, 404));
        }
        catch (Exception fault) when (fault is HttpListenerException or IOException or ObjectDisposedException or InvalidOperationException)
        {
            context.Response.Abort();
        }
    }

    private string ServiceIndex() => new JsonObject
    {
        ["version"] = "3.0.0",
        ["resources"] = new JsonArray(
            Resource("PackagePublish/2.0.0", PublishAddress.Length > 0 ? PublishAddress : $"http://{Host}/api/v2/package"),
            Resource("PackageBaseAddress/3.0.0", $"http://{Host}/v3/flat/")),
    }.ToJsonString();

    private static JsonObject Resource(string type, string address) => new() { ["@id"] = address, ["@type"] = type };

    private bool Take(HttpListenerContext context, byte[] body)
    {
        if (Key is not null && context.Request.Headers["X-NuGet-ApiKey"] != Key)
        {
            return RegistryDouble.Answer(context, 403);
        }

        byte[] package = Field(body);
        if (package.Length > Limit)
        {
            return RegistryDouble.Answer(context, 413);
        }

        using ZipArchive zip = new(new MemoryStream(package));
        using Stream nuspec = zip.Entries.Single(static e => !e.FullName.Contains('/') && e.FullName.EndsWith(".nuspec", StringComparison.Ordinal)).Open();
        XElement metadata = XDocument.Load(nuspec).Root!.Elements().Single();
        string id = metadata.Elements().First(static e => e.Name.LocalName == "id").Value;
        string version = metadata.Elements().First(static e => e.Name.LocalName == "version").Value;
        if (!Packages.TryAdd($"{id}/{version}".ToLowerInvariant(), package))
        {
            return RegistryDouble.Answer(context, 409);
        }

        Taken.Enqueue(id);
        return RegistryDouble.Answer(context, 201);
    }

    // The body of the first field of a form.
    private static byte[] Field(byte[] form)
    {
        ReadOnlySpan<byte> all = form;
        ReadOnlySpan<byte> boundary = all[..all.IndexOf("\r\n"u8)];
        int start = all.IndexOf("\r\n\r\n"u8) + 4;
        return all[start..all.LastIndexOf([.. "\r\n"u8, .. boundary])].ToArray();
    }

    private bool Give(HttpListenerContext context, string[] path)
    {
        if (path is [string id, "index.json"])
        {
            JsonNode[] versions = [.. Packages.Keys.Where(k => k.StartsWith(id + "/", StringComparison.Ordinal)).Select(static k => JsonValue.Create(k.Split('/')[1]))];
            return versions.Length == 0 ? RegistryDouble.Answer(context, 404) : Send(context, Encoding.UTF8.GetBytes(new JsonObject { ["versions"] = new JsonArray(versions) }.ToJsonString()));
        }

        return path is [_, _, _] && Packages.TryGetValue($"{path[0]}/{path[1]}", out byte[]? package) ? Send(context, package) : RegistryDouble.Answer(context, 404);
    }

    private static bool Send(HttpListenerContext context, byte[] bytes)
    {
        context.Response.ContentType = bytes is [(byte)'{', ..] ? "application/json" : "application/octet-stream";
        context.Response.Close(bytes, willBlock: true);
        return true;
    }
}
