using System.Collections.ObjectModel;
using System.Text.Json.Nodes;

namespace ModelPack.Packaging.Oci;

/// <summary>What one document says of another, or of a blob.</summary>
/// <param name="MediaType">Its type.</param>
/// <param name="Digest">Digest of its bytes.</param>
/// <param name="Size">Their number.</param>
public sealed record Descriptor(string MediaType, Digest Digest, long Size)
{
    public string? ArtifactType { get; init; }

    public IReadOnlyDictionary<string, string> Annotations { get; init; } = ReadOnlyDictionary<string, string>.Empty;

    /// <summary>The value of an annotation; null for none.</summary>
    public string? Annotation(string key) => Annotations.GetValueOrDefault(key);

    internal JsonObject ToJson()
    {
        JsonObject json = CanonicalJson.Texts(("mediaType", MediaType), ("digest", Digest.ToString()), ("artifactType", ArtifactType));
        json["size"] = Size;
        if (Annotations.Count > 0)
        {
            json["annotations"] = CanonicalJson.Map(Annotations);
        }

        return json;
    }
}
