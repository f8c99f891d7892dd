using System.Collections.Concurrent;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;

namespace ModelPack.Tests.Support;

/// <summary>A registry in memory that can be made to fail in a chosen way; the honest tests are those against docker-registry.</summary>
internal sealed class RegistryDouble : HttpDouble
{
    private int _uploads;

    /// <summary>Blobs by digest.</summary>
    public ConcurrentDictionary<string, byte[]> Blobs { get; } = [];

    /// <summary>Manifests by tag and by digest.</summary>
    public ConcurrentDictionary<string, (byte[] Bytes, string Type)> Manifests { get; } = [];

    /// <summary>Uploads under way.</summary>
    public ConcurrentDictionary<string, MemoryStream> Uploads { get; } = [];

    /// <summary>Whether it lists referrers itself (distribution-spec 1.1) or knows nothing of them (1.0).</summary>
    public bool HasReferrers { get; set; }

    /// <summary>Entries of a page of referrers.</summary>
    public int ReferrersPage { get; set; } = 100;

    /// <summary>"sha256:…" of bytes.</summary>
    public static string DigestOf(byte[] bytes) => "sha256:" + Convert.ToHexStringLower(SHA256.HashData(bytes));

    protected override string Describe(HttpListenerRequest request, string path) =>
        $"{request.HttpMethod} {path} {request.Headers["Content-Range"] ?? request.Headers["Range"]}".TrimEnd();

    protected override void Respond(HttpListenerContext context, string path)
    {
        string name = path[(path.LastIndexOf('/') + 1)..];
        _ = path.Contains("/blobs/uploads/", StringComparison.Ordinal) ? Upload(context, path)
            : path.Contains("/blobs/", StringComparison.Ordinal) ? Blob(context, name)
            : path.Contains("/manifests/", StringComparison.Ordinal) ? Manifest(context, name)
            : path.Contains("/referrers/", StringComparison.Ordinal) && HasReferrers ? Referrers(context, name)
            : Answer(context, 404);
    }

    private bool Upload(HttpListenerContext context, string path)
    {
        string id = path[(path.LastIndexOf('/') + 1)..];
        string method = context.Request.HttpMethod;
        if (method == "POST")
        {
            id = $"u{Interlocked.Increment(ref _uploads)}";
            Uploads[id] = new();
            return Answer(context, 202, ("Location", path + id), ("Range", "0-0"));
        }

        if (!Uploads.TryGetValue(id, out MemoryStream? upload))
        {
            return Answer(context, 404);
        }

        if (method == "GET")
        {
            return Answer(context, 204, ("Location", path), ("Range", $"0-{Math.Max(0, upload.Length - 1)}"));
        }

        context.Request.InputStream.CopyTo(upload);
        if (method == "PATCH")
        {
            return Answer(context, 202, ("Location", path), ("Range", $"0-{upload.Length - 1}"));
        }

        string digest = context.Request.QueryString["digest"]!;
        Uploads.TryRemove(id, out _);
        if (DigestOf(upload.ToArray()) != digest)
        {
            return Answer(context, 400);
        }

        Blobs[digest] = upload.ToArray();
        return Answer(context, 201, ("Docker-Content-Digest", digest));
    }

    private bool Blob(HttpListenerContext context, string digest)
    {
        if (!Blobs.TryGetValue(digest, out byte[]? bytes))
        {
            return Answer(context, 404);
        }

        string[]? range = context.Request.Headers["Range"]?["bytes=".Length..].Split('-');
        int start = range is null ? 0 : int.Parse(range[0]);
        int end = range is [_, { Length: > 0 } last] ? Math.Min(int.Parse(last) + 1, bytes.Length) : bytes.Length;
        context.Response.StatusCode = range is null ? 200 : 206;
        context.Response.ContentLength64 = end - start;
        if (range is not null)
        {
            context.Response.AddHeader("Content-Range", $"bytes {start}-{end - 1}/{bytes.Length}");
        }

        if (context.Request.HttpMethod == "GET")
        {
            context.Response.OutputStream.Write(bytes, start, end - start);
        }

        context.Response.Close();
        return true;
    }

    private bool Manifest(HttpListenerContext context, string reference)
    {
        if (context.Request.HttpMethod == "PUT")
        {
            using MemoryStream body = new();
            context.Request.InputStream.CopyTo(body);
            byte[] bytes = body.ToArray();
            Manifests[reference] = Manifests[DigestOf(bytes)] = (bytes, context.Request.ContentType!);
            return SubjectOf(bytes) is { } subject && HasReferrers
                ? Answer(context, 201, ("Docker-Content-Digest", DigestOf(bytes)), ("OCI-Subject", subject))
                : Answer(context, 201, ("Docker-Content-Digest", DigestOf(bytes)));
        }

        if (!Manifests.TryGetValue(reference, out (byte[] Bytes, string Type) manifest))
        {
            return Answer(context, 404);
        }

        context.Response.ContentType = manifest.Type;
        context.Response.Close(manifest.Bytes, willBlock: true);
        return true;
    }

    private static string? SubjectOf(byte[] manifest) => JsonNode.Parse(manifest)!["subject"]?["digest"]?.GetValue<string>();

    private bool Referrers(HttpListenerContext context, string digest)
    {
        JsonNode[] all =
        [
            .. Manifests.Where(m => m.Key.StartsWith("sha256:", StringComparison.Ordinal) && SubjectOf(m.Value.Bytes) == digest)
                .OrderBy(static m => m.Key, StringComparer.Ordinal)
                .Select(static m => new JsonObject
                {
                    ["mediaType"] = m.Value.Type,
                    ["digest"] = m.Key,
                    ["size"] = m.Value.Bytes.Length,
                    ["artifactType"] = JsonNode.Parse(m.Value.Bytes)!["artifactType"]?.GetValue<string>(),
                }),
        ];
        int start = int.Parse(context.Request.QueryString["start"] ?? "0");
        if (start + ReferrersPage < all.Length)
        {
            context.Response.AddHeader("Link", $"<{context.Request.Url!.AbsolutePath}?start={start + ReferrersPage}>; rel=\"next\"");
        }

        JsonObject index = new()
        {
            ["schemaVersion"] = 2,
            ["mediaType"] = "application/vnd.oci.image.index.v1+json",
            ["manifests"] = new JsonArray([.. all.Skip(start).Take(ReferrersPage)]),
        };
        context.Response.ContentType = "application/vnd.oci.image.index.v1+json";
        context.Response.Close(Encoding.UTF8.GetBytes(index.ToJsonString()), willBlock: true);
        return true;
    }
}
