using System.Net;
using ModelPack.Models;
using ModelPack.Packaging.Oci;

namespace ModelPack.Packaging.Registries;

/// <summary>A repository of a registry, with or without what is meant in it.</summary>
/// <param name="Host">Name and port as written.</param>
/// <param name="Repository">Path of the repository.</param>
/// <param name="Target">A tag or a digest; null for none.</param>
public sealed record RegistryReference(string Host, string Repository, string? Target)
{
    private const string Scheme = "oci://";
    private const string Wanted = "expected oci://HOST/REPOSITORY, then :TAG or @sha256:DIGEST";

    /// <summary>Whether a text means a registry, not a folder.</summary>
    public static bool IsOne(string text) => text.Contains("://", StringComparison.Ordinal);

    /// <summary>Whether the host is this machine.</summary>
    public bool IsLoopback => IsLoopbackHost(Host);

    /// <summary>Reads oci://HOST[:PORT]/REPOSITORY[:TAG][@DIGEST].</summary>
    /// <exception cref="ModelPackException">The text is anything else.</exception>
    public static RegistryReference Parse(string text)
    {
        if (!text.StartsWith(Scheme, StringComparison.Ordinal))
        {
            throw new ModelPackException($"'{text}': {Wanted}");
        }

        string rest = text[Scheme.Length..];
        int slash = rest.IndexOf('/');
        string host = slash < 0 ? rest : rest[..slash];
        if (host.Contains('@'))
        {
            throw new ModelPackException($"a user name or password in a reference is not used: log in with docker, podman or skopeo; {Wanted}");
        }

        string path = slash < 0 ? "" : rest[(slash + 1)..];
        int at = path.IndexOf('@');
        string? digest = at < 0 ? null : path[(at + 1)..];
        path = at < 0 ? path : path[..at];
        int colon = path.LastIndexOf(':');
        string? tag = colon < 0 ? null : path[(colon + 1)..];
        string repository = colon < 0 ? path : path[..colon];
        if (!IsHost(host) || !IsRepository(repository) || (tag is not null && !IsTag(tag)) || (digest is not null && !Digest.TryParse(digest, out _)))
        {
            throw new ModelPackException($"'{text}': {Wanted}");
        }

        bool isDockerHub = host is "docker.io" or "index.docker.io";
        return new(host, isDockerHub && !repository.Contains('/') ? $"library/{repository}" : repository, digest ?? tag);
    }

    /// <summary>Whether a text can be a tag.</summary>
    public static bool IsTag(string text) => text.Length is > 0 and <= 128 && text[0] is not ('.' or '-')
        && text.All(static c => char.IsAsciiLetterOrDigit(c) || c is '.' or '_' or '-');

    /// <summary>Where the registry of this name answers.</summary>
    internal Uri Address(bool plain) => new($"{(plain ? "http" : "https")}://{(Host is "docker.io" or "index.docker.io" ? "registry-1.docker.io" : Host)}/");

    internal static bool IsLoopbackHost(string hostAndPort)
    {
        string host = Uri.TryCreate($"http://{hostAndPort}/", UriKind.Absolute, out Uri? uri) ? uri.Host.Trim('[', ']') : hostAndPort;
        return host == "localhost" || (IPAddress.TryParse(host, out IPAddress? address) && IPAddress.IsLoopback(address));
    }

    public override string ToString() => $"{Scheme}{Host}/{Repository}{(Target is null ? "" : Digest.TryParse(Target, out _) ? $"@{Target}" : $":{Target}")}";

    private static bool IsHost(string host) =>
        host.Length is > 0 and <= 255 && Uri.TryCreate($"https://{host}/", UriKind.Absolute, out Uri? uri)
        && uri.UserInfo.Length == 0 && uri.PathAndQuery == "/" && host.All(static c => char.IsAsciiLetterOrDigit(c) || c is '.' or '-' or ':' or '[' or ']');

    private static bool IsRepository(string path) => path.Length is > 0 and <= 255 && path.Split('/').All(IsComponent);

    private static bool IsComponent(string name) => name.Length > 0 && char.IsAsciiLetterOrDigit(name[0]) && char.IsAsciiLetterOrDigit(name[^1])
        && name.All(static c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c is '.' or '_' or '-')
        && !name.Contains("..", StringComparison.Ordinal);
}
