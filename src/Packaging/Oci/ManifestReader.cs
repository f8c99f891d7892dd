using System.Collections.ObjectModel;
using System.Text.Json;

namespace ModelPack.Packaging.Oci;

/// <summary>Reads manifests and indexes that anyone may have written.</summary>
public static class ManifestReader
{
    private const int MaxDescriptors = 20_000;
    private const int MaxAnnotations = 1000;

    /// <param name="bytes">The document.</param>
    /// <param name="place">Where it comes from, for messages.</param>
    /// <param name="mediaType">What its holder calls it; used where the document does not say.</param>
    /// <exception cref="InvalidPackageException">It is no manifest.</exception>
    public static OciManifest Read(byte[] bytes, string place, string? mediaType = null)
    {
        if (bytes.Length > OciManifest.MaxBytes)
        {
            throw new InvalidPackageException($"{place}: {bytes.Length} bytes; a manifest has {OciManifest.MaxBytes} at most");
        }

        try
        {
            JsonDocumentOptions options = new() { MaxDepth = 32, AllowDuplicateProperties = false };
            using JsonDocument document = JsonDocument.Parse(bytes, options);
            return Read(document.RootElement, bytes, place, mediaType);
        }
        catch (JsonException fault)
        {
            throw new InvalidPackageException($"{place}: no JSON: {fault.Message.TrimEnd('.')}", fault);
        }
    }

    private static OciManifest Read(JsonElement root, byte[] bytes, string place, string? mediaType)
    {
        if (root.ValueKind != JsonValueKind.Object || !root.TryGetProperty("schemaVersion", out JsonElement version)
            || version.ValueKind != JsonValueKind.Number || !version.TryGetInt32(out int number) || number != 2)
        {
            throw new InvalidPackageException($"{place}: no manifest; expected an object with schemaVersion 2");
        }

        bool isIndex = root.TryGetProperty("manifests", out _);
        if (isIndex == root.TryGetProperty("layers", out _))
        {
            throw new InvalidPackageException($"{place}: expected either 'layers' or 'manifests'");
        }

        string type = Text(root, "mediaType", place) ?? mediaType ?? (isIndex ? MediaTypes.Index : MediaTypes.Manifest);
        if (!MediaTypes.Manifests.Contains(type) || MediaTypes.IsIndex(type) != isIndex)
        {
            throw new InvalidPackageException($"{place}: mediaType '{type}' does not fit a document with '{(isIndex ? "manifests" : "layers")}'");
        }

        return new(bytes, type)
        {
            ArtifactType = Text(root, "artifactType", place),
            Config = isIndex ? null : root.TryGetProperty("config", out JsonElement config)
                ? Read(config, $"{place}: config")
                : throw new InvalidPackageException($"{place}: no 'config'"),
            Subject = root.TryGetProperty("subject", out JsonElement subject) && subject.ValueKind != JsonValueKind.Null
                ? Read(subject, $"{place}: subject")
                : null,
            Layers = isIndex ? [] : List(root, "layers", place),
            Manifests = isIndex ? List(root, "manifests", place) : [],
            Annotations = Annotations(root, place),
        };
    }

    private static Descriptor[] List(JsonElement root, string key, string place)
    {
        JsonElement list = root.GetProperty(key);
        return list.ValueKind == JsonValueKind.Array && list.GetArrayLength() <= MaxDescriptors
            ? [.. list.EnumerateArray().Select((item, i) => Read(item, $"{place}: {key}[{i}]"))]
            : throw new InvalidPackageException($"{place}: '{key}' is no list of at most {MaxDescriptors} entries");
    }

    private static Descriptor Read(JsonElement json, string place)
    {
        if (json.ValueKind != JsonValueKind.Object)
        {
            throw new InvalidPackageException($"{place}: expected an object");
        }

        long size = json.TryGetProperty("size", out JsonElement value) && value.ValueKind == JsonValueKind.Number && value.TryGetInt64(out long number) && number >= 0
            ? number
            : throw new InvalidPackageException($"{place}: expected a size of 0 or more");
        return new(Text(json, "mediaType", place) ?? "", Digest.Parse(Text(json, "digest", place), place), size)
        {
            ArtifactType = Text(json, "artifactType", place),
            Annotations = Annotations(json, place),
        };
    }

    private static string? Text(JsonElement json, string key, string place) =>
        !json.TryGetProperty(key, out JsonElement value) || value.ValueKind == JsonValueKind.Null ? null
        : value.ValueKind == JsonValueKind.String ? value.GetString()
        : throw new InvalidPackageException($"{place}: '{key}' is no text");

    private static IReadOnlyDictionary<string, string> Annotations(JsonElement json, string place)
    {
        if (!json.TryGetProperty("annotations", out JsonElement map) || map.ValueKind == JsonValueKind.Null)
        {
            return ReadOnlyDictionary<string, string>.Empty;
        }

        Dictionary<string, string> annotations = [];
        foreach (JsonProperty property in map.ValueKind == JsonValueKind.Object ? map.EnumerateObject() : default)
        {
            annotations[property.Name] = property.Value.ValueKind == JsonValueKind.String && annotations.Count < MaxAnnotations
                ? property.Value.GetString()!
                : throw new InvalidPackageException($"{place}: annotation '{property.Name}' is no text, or there are more than {MaxAnnotations}");
        }

        return map.ValueKind == JsonValueKind.Object ? annotations : throw new InvalidPackageException($"{place}: 'annotations' is no object");
    }
}
