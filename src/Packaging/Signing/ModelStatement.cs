using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Nodes;
using ModelPack.Models;
using ModelPack.Packaging.Oci;

namespace ModelPack.Packaging.Signing;

/// <summary>The statement of OpenSSF Model Signing: digests of a model's files, and the digest of them all.</summary>
/// <remarks>
/// Sources: in-toto Statement v1; model_signing 1.0, predicate https://model_signing/signature/v1.0. The field "package" is ours:
/// readers of a statement pass over fields that they do not know (in-toto attestation framework, "Parsing rules").
/// </remarks>
internal static class ModelStatement
{
    private const string StatementType = "https://in-toto.io/Statement/v1";

    public const string PredicateType = "https://model_signing/signature/v1.0";

    public static byte[] Write(string model, SignedFile[] files, SignedPackage? package)
    {
        JsonObject predicate = new()
        {
            ["serialization"] = new JsonObject
            {
                ["method"] = "files",
                ["hash_type"] = "sha256",
                ["allow_symlinks"] = false,
                ["ignore_paths"] = new JsonArray([.. FolderDigests.Ignored.Select(static p => JsonValue.Create(p))]),
            },
            ["resources"] = new JsonArray([.. files.Select(static f => CanonicalJson.Texts(("name", f.Name), ("algorithm", "sha256"), ("digest", f.Sha256)))]),
        };
        if (package is not null)
        {
            predicate["package"] = new JsonObject
            {
                ["manifest"] = package.Manifest.ToString(),
                ["attached"] = new JsonArray([.. package.Attached.Select(static d => CanonicalJson.Texts(("artifactType", d.MediaType), ("digest", d.Manifest.ToString())))]),
            };
        }

        return CanonicalJson.Bytes(new JsonObject
        {
            ["_type"] = StatementType,
            ["subject"] = new JsonArray(new JsonObject { ["name"] = model, ["digest"] = new JsonObject { ["sha256"] = Subject(files) } }),
            ["predicateType"] = PredicateType,
            ["predicate"] = predicate,
        });
    }

    /// <exception cref="ModelPackException">It is another statement, or contradicts itself.</exception>
    public static SignedModel Read(byte[] statement, string name)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(statement, new JsonDocumentOptions { MaxDepth = 16 });
            return Read(document.RootElement, name);
        }
        catch (Exception fault) when (fault is JsonException or KeyNotFoundException or InvalidOperationException or IndexOutOfRangeException or FormatException)
        {
            throw new ModelPackException($"{name}: no statement of a model's files: {fault.Message.TrimEnd('.')}", fault);
        }
    }

    private static SignedModel Read(JsonElement root, string name)
    {
        if (root.GetProperty("_type").GetString() != StatementType || root.GetProperty("predicateType").GetString() != PredicateType)
        {
            throw new ModelPackException($"{name}: a statement of another kind; expected {PredicateType}");
        }

        JsonElement predicate = root.GetProperty("predicate");
        if (predicate.GetProperty("serialization").GetProperty("method").GetString() != "files")
        {
            throw new ModelPackException($"{name}: files were hashed in pieces; expected the method 'files'");
        }

        SignedFile[] files = [.. predicate.GetProperty("resources").EnumerateArray().Select(r => r.GetProperty("algorithm").GetString() == "sha256"
            ? new SignedFile(r.GetProperty("name").GetString()!, r.GetProperty("digest").GetString()!)
            : throw new ModelPackException($"{name}: hash '{r.GetProperty("algorithm")}'; expected sha256"))];
        string? subject = root.GetProperty("subject")[0].GetProperty("digest").GetProperty("sha256").GetString();
        return subject != Subject(files) ? throw new ModelPackException($"{name}: the subject's digest is not that of its files")
            : files.DistinctBy(static f => f.Name).Count() != files.Length ? throw new ModelPackException($"{name}: a file stands there twice")
            : new(files, predicate.TryGetProperty("package", out JsonElement package) ? Package(package, name) : null);
    }

    private static SignedPackage Package(JsonElement package, string name) => new(
        Digest.Parse(package.GetProperty("manifest").GetString(), name),
        [.. package.GetProperty("attached").EnumerateArray().Select(d => new SignedDocument(d.GetProperty("artifactType").GetString() ?? "", Digest.Parse(d.GetProperty("digest").GetString(), name)))]);

    // The digest of all digests, in the order of the names.
    private static string Subject(IReadOnlyList<SignedFile> files)
    {
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (SignedFile file in files)
        {
            hash.AppendData(Convert.FromHexString(file.Sha256));
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }
}
