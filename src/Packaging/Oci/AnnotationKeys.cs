namespace ModelPack.Packaging.Oci;

/// <summary>Keys of annotations that packages carry.</summary>
public static class AnnotationKeys
{
    /// <summary>Path of a layer's file, with '/' (CNCF ModelPack).</summary>
    public const string FilePath = "org.cncf.model.filepath";

    /// <summary>"true" when the layer's type was guessed (CNCF ModelPack).</summary>
    public const string Untested = "org.cncf.model.file.mediatype.untested";

    public const string Title = "org.opencontainers.image.title";

    /// <summary>The full version, with build metadata that a tag cannot hold.</summary>
    public const string Version = "org.opencontainers.image.version";

    public const string Licenses = "org.opencontainers.image.licenses";

    public const string Created = "org.opencontainers.image.created";

    /// <summary>The tag of an entry of a layout's index.json.</summary>
    public const string RefName = "org.opencontainers.image.ref.name";

    /// <summary>Label of a variant: ours, for the specifications have none.</summary>
    public const string Variant = "modelpack-tool.variant";

    /// <summary>What the model was made from, as its metadata names it: names joined by ", ".</summary>
    public const string BaseModels = "modelpack-tool.base-models";

    /// <summary>Kind of the statement that is attached (in-toto attestation framework).</summary>
    public const string PredicateType = "in-toto.io/predicate-type";

    /// <summary>Verdict of the license audit before packing, or "none".</summary>
    public const string Audit = "modelpack-tool.license-audit";
}
