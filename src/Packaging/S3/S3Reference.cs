using ModelPack.Models;
using ModelPack.Packaging.Oci;
using ModelPack.Packaging.Registries;

namespace ModelPack.Packaging.S3;

/// <summary>A layout in a bucket, with or without what is meant in it.</summary>
/// <param name="Bucket">Name of the bucket.</param>
/// <param name="Prefix">What the keys of the layout start with: "" or a path that ends in '/'.</param>
/// <param name="Target">A tag or a digest; null for none.</param>
public sealed record S3Reference(string Bucket, string Prefix, string? Target)
{
    private const string Scheme = "s3://";
    private const string Wanted = "expected s3://BUCKET/PREFIX, then :TAG or @sha256:DIGEST";

    /// <summary>Whether a text means a bucket.</summary>
    public static bool IsOne(string text) => text.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase);

    /// <summary>Reads s3://BUCKET[/PREFIX][:TAG][@DIGEST].</summary>
    /// <exception cref="ModelPackException">The text is anything else.</exception>
    public static S3Reference Parse(string text)
    {
        string rest = text.StartsWith(Scheme, StringComparison.Ordinal) ? text[Scheme.Length..] : "";
        int at = rest.IndexOf('@');
        string? digest = at < 0 ? null : rest[(at + 1)..];
        rest = at < 0 ? rest : rest[..at];
        int colon = rest.LastIndexOf(':');
        string? tag = colon < 0 ? null : rest[(colon + 1)..];
        rest = colon < 0 ? rest : rest[..colon];
        int slash = rest.IndexOf('/');
        string bucket = slash < 0 ? rest : rest[..slash];
        string prefix = slash < 0 ? "" : rest[(slash + 1)..].TrimEnd('/');
        bool good = IsBucket(bucket) && (prefix.Length == 0 || IsPrefix(prefix))
            && (tag is null || RegistryReference.IsTag(tag)) && (digest is null || Digest.TryParse(digest, out _));
        return good
            ? new(bucket, prefix.Length == 0 ? "" : prefix + "/", digest ?? tag)
            : throw new ModelPackException($"'{text}': {Wanted}");
    }

    public override string ToString() => $"{Scheme}{Bucket}/{Prefix}".TrimEnd('/');

    private static bool IsBucket(string name) => name.Length is >= 3 and <= 63 && name.All(static c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c is '.' or '-')
        && char.IsAsciiLetterOrDigit(name[0]) && char.IsAsciiLetterOrDigit(name[^1]);

    // Keys of a layout are at most 83 characters longer; a key has 1024 bytes.
    private static bool IsPrefix(string prefix) => prefix.Length <= 900
        && prefix.Split('/').All(static p => p.Length > 0 && p is not ("." or "..") && p.All(static c => char.IsAsciiLetterOrDigit(c) || c is '.' or '_' or '-' or '+' or '='));
}
