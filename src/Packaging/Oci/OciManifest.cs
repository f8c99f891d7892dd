using System.Text.Json.Nodes;

namespace ModelPack.Packaging.Oci;

/// <summary>A manifest or an index: its bytes, which its digest is of, and what they say.</summary>
public sealed class OciManifest
{
    /// <summary>Registries refuse larger ones; so do we.</summary>
    public const int MaxBytes = 4 << 20;

    /// <summary>The config of what has none.</summary>
    internal static ReadOnlySpan<byte> EmptyObject => "{}"u8;

    internal OciManifest(byte[] bytes, string mediaType)
    {
        Bytes = bytes;
        MediaType = mediaType;
        Digest = Digest.Of(bytes);
    }

    /// <summary>The document, byte by byte.</summary>
    public ReadOnlyMemory<byte> Bytes { get; }

    public string MediaType { get; }

    public Digest Digest { get; }

    public bool IsIndex => MediaTypes.IsIndex(MediaType);

    public string? ArtifactType { get; init; }

    /// <summary>Null for an index.</summary>
    public Descriptor? Config { get; init; }

    /// <summary>Empty for an index.</summary>
    public IReadOnlyList<Descriptor> Layers { get; init; } = [];

    /// <summary>The manifest or index that this one is attached to; null for none.</summary>
    public Descriptor? Subject { get; init; }

    /// <summary>Manifests of an index; empty for a manifest.</summary>
    public IReadOnlyList<Descriptor> Manifests { get; init; } = [];

    public required IReadOnlyDictionary<string, string> Annotations { get; init; }

    /// <summary>Config first, then layers.</summary>
    public IEnumerable<Descriptor> Blobs => Config is null ? Layers : Layers.Prepend(Config);

    /// <summary>The value of an annotation; null for none.</summary>
    public string? Annotation(string key) => Annotations.GetValueOrDefault(key);

    /// <summary>What another document says of this one.</summary>
    public Descriptor Describe(IReadOnlyDictionary<string, string> annotations) =>
        new(MediaType, Digest, Bytes.Length) { ArtifactType = ArtifactType, Annotations = annotations };

    /// <summary>A manifest of a model.</summary>
    public static OciManifest OfModel(Descriptor config, IReadOnlyList<Descriptor> layers, IReadOnlyDictionary<string, string> annotations)
    {
        JsonObject json = CanonicalJson.Texts(("mediaType", MediaTypes.Manifest), ("artifactType", MediaTypes.Model));
        json["schemaVersion"] = 2;
        json["config"] = config.ToJson();
        json["layers"] = new JsonArray([.. layers.Select(static l => l.ToJson())]);
        json["annotations"] = CanonicalJson.Map(annotations);
        return Checked(new(CanonicalJson.Bytes(json), MediaTypes.Manifest)
        {
            ArtifactType = MediaTypes.Model,
            Config = config,
            Layers = layers,
            Annotations = annotations,
        });
    }

    /// <summary>A manifest that attaches one document to another manifest (image-spec 1.1, "Guidelines for Artifact Usage").</summary>
    /// <param name="subject">What it is attached to.</param>
    /// <param name="document">The document; its media type is the artifact's type.</param>
    /// <param name="annotations">Shown where attachments are listed.</param>
    public static OciManifest OfAttachment(Descriptor subject, Descriptor document, IReadOnlyDictionary<string, string> annotations)
    {
        Descriptor target = new(subject.MediaType, subject.Digest, subject.Size);
        Descriptor config = new(MediaTypes.Empty, Digest.Of(EmptyObject), EmptyObject.Length);
        JsonObject json = CanonicalJson.Texts(("mediaType", MediaTypes.Manifest), ("artifactType", document.MediaType));
        json["schemaVersion"] = 2;
        json["config"] = config.ToJson();
        json["layers"] = new JsonArray(document.ToJson());
        json["subject"] = target.ToJson();
        json["annotations"] = CanonicalJson.Map(annotations);
        return Checked(new(CanonicalJson.Bytes(json), MediaTypes.Manifest)
        {
            ArtifactType = document.MediaType,
            Config = config,
            Layers = [document],
            Subject = target,
            Annotations = annotations,
        });
    }

    /// <summary>An index of manifests.</summary>
    public static OciManifest OfIndex(IReadOnlyList<Descriptor> manifests, IReadOnlyDictionary<string, string> annotations)
    {
        JsonObject json = CanonicalJson.Texts(("mediaType", MediaTypes.Index));
        json["schemaVersion"] = 2;
        json["manifests"] = new JsonArray([.. manifests.Select(static m => m.ToJson())]);
        if (annotations.Count > 0)
        {
            json["annotations"] = CanonicalJson.Map(annotations);
        }

        return Checked(new(CanonicalJson.Bytes(json), MediaTypes.Index) { Manifests = manifests, Annotations = annotations });
    }

    private static OciManifest Checked(OciManifest manifest) => manifest.Bytes.Length <= MaxBytes
        ? manifest
        : throw new InvalidPackageException($"the manifest would have {manifest.Bytes.Length} bytes; registries take {MaxBytes} at most: pack fewer files");
}
