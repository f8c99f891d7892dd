using System.Security.Cryptography;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using ModelPack.Models;

namespace ModelPack.Packaging.Signing;

/// <summary>An OpenSSF Model Signing bundle: an in-toto statement of file digests, signed in a DSSE envelope.</summary>
/// <remarks>
/// Sources: model_signing 1.0 (predicate https://model_signing/signature/v1.0), in-toto Statement v1, DSSE 1.0.0, Sigstore bundle 0.3.
/// </remarks>
public static class ModelSignature
{
    private const string BundleType = "application/vnd.dev.sigstore.bundle.v0.3+json";
    private const string PayloadType = "application/vnd.in-toto+json";
    private const string StatementType = "https://in-toto.io/Statement/v1";
    private const string PredicateType = "https://model_signing/signature/v1.0";
    private const int MaxBytes = 64 << 20;

    /// <summary>Signs files; digests that are known already need not be computed again.</summary>
    /// <param name="model">Name of the model.</param>
    /// <param name="files">Its files, each once.</param>
    /// <param name="key">A private key.</param>
    /// <returns>The bundle, JSON with a line feed at the end.</returns>
    public static string Sign(string model, IEnumerable<SignedFile> files, SigningKey key)
    {
        byte[] statement = Statement(model, [.. files.OrderBy(static f => f.Name, StringComparer.Ordinal)]);
        byte[] signature = key.Sign(PreAuthentication(statement));
        return Json(json =>
        {
            json.WriteString("mediaType", BundleType);
            json.WriteStartObject("verificationMaterial");
            json.WriteStartObject("publicKey");
            json.WriteString("hint", key.Hint);
            json.WriteEndObject();
            json.WriteStartArray("tlogEntries");
            json.WriteEndArray();
            json.WriteEndObject();
            json.WriteStartObject("dsseEnvelope");
            json.WriteString("payload", Convert.ToBase64String(statement));
            json.WriteString("payloadType", PayloadType);
            json.WriteStartArray("signatures");
            json.WriteStartObject();
            json.WriteString("sig", Convert.ToBase64String(signature));
            json.WriteString("keyid", "");
            json.WriteEndObject();
            json.WriteEndArray();
            json.WriteEndObject();
        }) + "\n";
    }

    /// <summary>What a bundle says of files, if the key signed it.</summary>
    /// <param name="bundle">The bundle.</param>
    /// <param name="name">Its file name, for messages.</param>
    /// <param name="key">The signer's key; its public half is enough.</param>
    /// <exception cref="ModelPackException">It is no such bundle.</exception>
    /// <returns>The files that were signed; null when another key signed, or the statement was changed.</returns>
    public static IReadOnlyList<SignedFile>? Open(string bundle, string name, SigningKey key)
    {
        if (bundle.Length > MaxBytes)
        {
            throw new ModelPackException($"{name}: longer than any signature");
        }

        try
        {
            using JsonDocument document = JsonDocument.Parse(bundle, new JsonDocumentOptions { MaxDepth = 16 });
            JsonElement envelope = document.RootElement.GetProperty("dsseEnvelope");
            if (envelope.GetProperty("payloadType").GetString() != PayloadType)
            {
                throw new ModelPackException($"{name}: payload '{envelope.GetProperty("payloadType")}'; expected {PayloadType}");
            }

            byte[] statement = envelope.GetProperty("payload").GetBytesFromBase64();
            JsonElement signatures = envelope.GetProperty("signatures");
            byte[] signature = signatures.GetArrayLength() == 1
                ? signatures[0].GetProperty("sig").GetBytesFromBase64()
                : throw new ModelPackException($"{name}: {signatures.GetArrayLength()} signatures; expected one");
            return key.Verify(PreAuthentication(statement), signature) ? Files(statement, name) : null;
        }
        catch (Exception fault) when (fault is JsonException or KeyNotFoundException or InvalidOperationException or FormatException)
        {
            throw new ModelPackException($"{name}: no signature bundle: {fault.Message.TrimEnd('.')}", fault);
        }
    }

    /// <summary>Compares what was signed with what there is, one sentence a difference.</summary>
    /// <param name="signed">From <see cref="Open"/>.</param>
    /// <param name="found">From <see cref="FolderDigests"/>.</param>
    public static IReadOnlyList<(string File, string Message)> Differences(IReadOnlyList<SignedFile> signed, IReadOnlyList<SignedFile> found)
    {
        Dictionary<string, string> now = found.ToDictionary(static f => f.Name, static f => f.Sha256, StringComparer.Ordinal);
        List<(string File, string Message)> differences = [];
        foreach (SignedFile file in signed)
        {
            if (!now.Remove(file.Name, out string? digest))
            {
                differences.Add((file.Name, "was signed and is missing"));
            }
            else if (digest != file.Sha256)
            {
                differences.Add((file.Name, $"SHA-256 {digest}; {file.Sha256} was signed"));
            }
        }

        differences.AddRange(now.Keys.Order(StringComparer.Ordinal).Select(static name => (name, "was not signed")));
        return differences;
    }

    private static SignedFile[] Files(byte[] statement, string name)
    {
        using JsonDocument document = JsonDocument.Parse(statement, new JsonDocumentOptions { MaxDepth = 16 });
        JsonElement root = document.RootElement;
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
            : files;
    }

    private static byte[] Statement(string model, SignedFile[] files) => Encoding.UTF8.GetBytes(Json(json =>
    {
        json.WriteString("_type", StatementType);
        json.WriteStartArray("subject");
        json.WriteStartObject();
        json.WriteString("name", model);
        json.WriteStartObject("digest");
        json.WriteString("sha256", Subject(files));
        json.WriteEndObject();
        json.WriteEndObject();
        json.WriteEndArray();
        json.WriteString("predicateType", PredicateType);
        json.WriteStartObject("predicate");
        json.WriteStartObject("serialization");
        json.WriteString("method", "files");
        json.WriteString("hash_type", "sha256");
        json.WriteBoolean("allow_symlinks", false);
        json.WriteStartArray("ignore_paths");
        foreach (string ignored in FolderDigests.Ignored)
        {
            json.WriteStringValue(ignored);
        }

        json.WriteEndArray();
        json.WriteEndObject();
        json.WriteStartArray("resources");
        foreach (SignedFile file in files)
        {
            json.WriteStartObject();
            json.WriteString("name", file.Name);
            json.WriteString("algorithm", "sha256");
            json.WriteString("digest", file.Sha256);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }));

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

    // DSSE's pre-authentication encoding: type and payload with their lengths.
    private static byte[] PreAuthentication(byte[] payload) =>
        [.. Encoding.ASCII.GetBytes($"DSSEv1 {PayloadType.Length} {PayloadType} {payload.Length} "), .. payload];

    private static string Json(Action<Utf8JsonWriter> write)
    {
        using MemoryStream buffer = new();
        using (Utf8JsonWriter json = new(buffer, new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
        {
            json.WriteStartObject();
            write(json);
            json.WriteEndObject();
        }

        return Encoding.UTF8.GetString(buffer.ToArray());
    }
}
