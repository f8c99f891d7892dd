using System.Text.Json;
using ModelPack.Licensing.Reports;
using ModelPack.Packaging.Oci;
using ModelPack.Packaging.Signing;

namespace ModelPack.Packaging.Sboms;

/// <summary>What a bill of materials claims of a package that can be checked.</summary>
/// <param name="Manifest">Digest of the manifest, 64 hexadecimal digits, by its package URL; null when it names none.</param>
/// <param name="Files">Files with their hashes; empty when it lists none.</param>
public sealed record SbomClaims(string? Manifest, IReadOnlyList<SignedFile> Files)
{
    private const int MaxFiles = 100_000;

    /// <summary>Reads a bill by CycloneDX or SPDX 2.</summary>
    /// <param name="content">The document.</param>
    /// <param name="mediaType">Its type.</param>
    /// <param name="place">Where it is from, for messages.</param>
    /// <exception cref="InvalidPackageException">It is no such document.</exception>
    public static SbomClaims Read(ReadOnlyMemory<byte> content, string? mediaType, string place)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(content, new JsonDocumentOptions { MaxDepth = 64 });
            return mediaType == MediaTypes.Spdx ? Spdx(document.RootElement) : CycloneDx(document.RootElement);
        }
        catch (Exception fault) when (fault is JsonException or KeyNotFoundException or InvalidOperationException)
        {
            throw new InvalidPackageException($"{place}: no bill of materials: {fault.Message.TrimEnd('.')}", fault);
        }
    }

    private static SbomClaims CycloneDx(JsonElement root)
    {
        JsonElement component = root.GetProperty("metadata").GetProperty("component");
        return new(
            PackageUrl.ManifestOf(Text(component, "purl")),
            [
                .. List(component, "components").Where(static c => Text(c, "type") == "file").Take(MaxFiles)
                    .Select(static c => new SignedFile(Text(c, "name") ?? "", Hash(List(c, "hashes"), "alg", "SHA-256", "content"))),
            ]);
    }

    private static SbomClaims Spdx(JsonElement root)
    {
        JsonElement[] packages = [.. List(root, "packages").Take(MaxFiles)];
        string? url = packages.SelectMany(static p => List(p, "externalRefs")).Where(static r => Text(r, "referenceType") == "purl")
            .Select(static r => PackageUrl.ManifestOf(Text(r, "referenceLocator"))).FirstOrDefault(static d => d is not null);
        return new(
            url,
            [
                .. packages.Where(static p => Text(p, "primaryPackagePurpose") == "FILE")
                    .Select(static p => new SignedFile(Text(p, "packageFileName") ?? "", Hash(List(p, "checksums"), "algorithm", "SHA256", "checksumValue"))),
            ]);
    }

    private static string Hash(IEnumerable<JsonElement> hashes, string nameKey, string name, string valueKey) =>
        hashes.Where(h => Text(h, nameKey) == name).Select(h => Text(h, valueKey)).FirstOrDefault() ?? "";

    private static JsonElement[] List(JsonElement holder, string key) =>
        holder.TryGetProperty(key, out JsonElement list) && list.ValueKind == JsonValueKind.Array ? [.. list.EnumerateArray()] : [];

    private static string? Text(JsonElement holder, string key) =>
        holder.TryGetProperty(key, out JsonElement value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;
}
