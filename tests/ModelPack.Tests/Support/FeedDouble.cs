using System.Collections.Concurrent;
using System.IO.Compression;
using System.Net;
using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Json.Nodes;
using System.Xml.Linq;

namespace ModelPack.Tests.Support;

/// <summary>A double of the NuGet v3 protocol in memory: it takes and gives packages, and can be made to fail in a chosen way.</summary>
internal sealed class FeedDouble : HttpDouble
{
    private readonly ConditionalWeakTable<HttpListenerContext, byte[]> _bodies = [];

    /// <summary>Address of the service index.</summary>
    public string Index => $"http://{Host}/v3/index.json";

    /// <summary>What the service index says of where packages are sent to.</summary>
    public string PublishAddress { get; set; } = "";

    /// <summary>Packages by "id/version" in small letters.</summary>
    public ConcurrentDictionary<string, byte[]> Packages { get; } = [];

    /// <summary>Ids of the packages in the order in which they were taken.</summary>
    public ConcurrentQueue<string> Taken { get; } = [];

    /// <summary>The API key that publishing needs; null for none.</summary>
    public string? Key { get; set; }

    /// <summary>"NAME:PASSWORD" that every request needs; null for none.</summary>
    public string? Login { get; set; }

    /// <summary>Bytes that a package has at most.</summary>
    public long Limit { get; set; } = long.MaxValue;

    /// <summary>Whether packages can be got back.</summary>
    public bool ShowsPackages { get; set; } = true;

    protected override string Describe(HttpListenerRequest request, string path) =>
        $"{request.HttpMethod} {path} key={request.Headers["X-NuGet-ApiKey"]} auth={request.Headers["Authorization"]} length={request.Headers["Content-Length"]} type={request.ContentType?.Split(';')[0]}";

    // The listener asks for every body. A client that still sends when the answer closes the connection may never read the answer.
    protected override void Receive(HttpListenerContext context)
    {
        MemoryStream body = new();
        context.Request.InputStream.CopyTo(body);
        _bodies.AddOrUpdate(context, body.ToArray());
    }

    protected override void Respond(HttpListenerContext context, string path)
    {
        string expected = $"Basic {Convert.ToBase64String(Encoding.UTF8.GetBytes(Login ?? ""))}";
        _ = Login is not null && context.Request.Headers["Authorization"] != expected ? Answer(context, 401, ("WWW-Authenticate", "Basic realm=\"feed\""))
            : path == "/v3/index.json" ? Send(context, Encoding.UTF8.GetBytes(ServiceIndex()))
            : context.Request.HttpMethod == "PUT" && path == "/api/v2/package/" ? Take(context, _bodies.GetValue(context, static _ => []))
            : path.StartsWith("/v3/flat/", StringComparison.Ordinal) && ShowsPackages ? Give(context, path["/v3/flat/".Length..].Split('/'))
            : Answer(context, 404);
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
            return Answer(context, 403);
        }

        byte[] package = Field(body);
        if (package.Length > Limit)
        {
            return Answer(context, 413);
        }

        using ZipArchive zip = new(new MemoryStream(package));
        using Stream nuspec = zip.Entries.Single(static e => !e.FullName.Contains('/') && e.FullName.EndsWith(".nuspec", StringComparison.Ordinal)).Open();
        XElement metadata = XDocument.Load(nuspec).Root!.Elements().Single();
        string id = metadata.Elements().First(static e => e.Name.LocalName == "id").Value;
        string version = metadata.Elements().First(static e => e.Name.LocalName == "version").Value;
        if (!Packages.TryAdd($"{id}/{version}".ToLowerInvariant(), package))
        {
            return Answer(context, 409);
        }

        Taken.Enqueue(id);
        return Answer(context, 201);
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
            return versions.Length == 0 ? Answer(context, 404) : Send(context, Encoding.UTF8.GetBytes(new JsonObject { ["versions"] = new JsonArray(versions) }.ToJsonString()));
        }

        return path is [_, _, _] && Packages.TryGetValue($"{path[0]}/{path[1]}", out byte[]? package) ? Send(context, package) : Answer(context, 404);
    }

    private static bool Send(HttpListenerContext context, byte[] bytes)
    {
        context.Response.ContentType = bytes is [(byte)'{', ..] ? "application/json" : "application/octet-stream";
        context.Response.Close(bytes, willBlock: true);
        return true;
    }
}
