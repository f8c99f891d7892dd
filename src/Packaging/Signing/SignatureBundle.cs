using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using ModelPack.Models;
using ModelPack.Packaging.Oci;

namespace ModelPack.Packaging.Signing;

/// <summary>A signed statement: DSSE envelope in a Sigstore bundle that names the key and nothing else.</summary>
/// <remarks>Sources: DSSE 1.0.0, protocol.md and envelope.md; Sigstore bundle 0.3.</remarks>
internal static class SignatureBundle
{
    private const string PayloadType = MediaTypes.Statement;

    /// <summary>Signs a statement.</summary>
    /// <returns>JSON with a line feed at the end.</returns>
    public static string Sign(byte[] statement, SigningKey key)
    {
        JsonObject signature = new() { ["sig"] = Convert.ToBase64String(key.Sign(PreAuthentication(statement))), ["keyid"] = "" };
        JsonObject bundle = new()
        {
            ["mediaType"] = MediaTypes.Bundle,
            ["verificationMaterial"] = new JsonObject
            {
                ["publicKey"] = new JsonObject { ["hint"] = key.Hint },
                ["tlogEntries"] = new JsonArray(),
            },
            ["dsseEnvelope"] = new JsonObject
            {
                ["payload"] = Convert.ToBase64String(statement),
                ["payloadType"] = PayloadType,
                ["signatures"] = new JsonArray(signature),
            },
        };
        return Encoding.UTF8.GetString(CanonicalJson.Bytes(bundle)) + "\n";
    }

    /// <summary>The statement, if the key signed it.</summary>
    /// <param name="bundle">The bundle.</param>
    /// <param name="name">Its file name, for messages.</param>
    /// <param name="key">The signer's key.</param>
    /// <exception cref="ModelPackException">It is no such bundle.</exception>
    /// <returns>Null when another key signed, or the statement was changed.</returns>
    public static byte[]? Open(string bundle, string name, SigningKey key) => Read(bundle, name, root =>
    {
        JsonElement envelope = root.GetProperty("dsseEnvelope");
        if (envelope.GetProperty("payloadType").GetString() != PayloadType)
        {
            throw new ModelPackException($"{name}: payload '{envelope.GetProperty("payloadType")}'; expected {PayloadType}");
        }

        byte[] statement = envelope.GetProperty("payload").GetBytesFromBase64();
        JsonElement signatures = envelope.GetProperty("signatures");
        byte[] signature = signatures.GetArrayLength() == 1
            ? signatures[0].GetProperty("sig").GetBytesFromBase64()
            : throw new ModelPackException($"{name}: {signatures.GetArrayLength()} signatures; expected one");
        return key.Verify(PreAuthentication(statement), signature) ? statement : null;
    });

    /// <summary>The key that a bundle says it is of; null when it is a certificate.</summary>
    /// <exception cref="ModelPackException">It is no such bundle.</exception>
    public static string? HintOf(string bundle, string name) => Read(bundle, name, static root =>
        root.GetProperty("verificationMaterial").TryGetProperty("publicKey", out JsonElement key) && key.TryGetProperty("hint", out JsonElement hint)
            ? hint.GetString()
            : null);

    private static T Read<T>(string bundle, string name, Func<JsonElement, T> read)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(bundle, new JsonDocumentOptions { MaxDepth = 16 });
            return read(document.RootElement);
        }
        catch (Exception fault) when (fault is JsonException or KeyNotFoundException or InvalidOperationException or FormatException)
        {
            throw new ModelPackException($"{name}: no signature bundle: {fault.Message.TrimEnd('.')}", fault);
        }
    }

    // DSSE's pre-authentication encoding: type and payload with their lengths.
    private static byte[] PreAuthentication(byte[] payload) =>
        [.. Encoding.ASCII.GetBytes($"DSSEv1 {PayloadType.Length} {PayloadType} {payload.Length} "), .. payload];
}
