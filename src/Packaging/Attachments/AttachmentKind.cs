using ModelPack.Packaging.Oci;

namespace ModelPack.Packaging.Attachments;

/// <summary>What documents that are attached to packages are called.</summary>
public static class AttachmentKind
{
    public const string Sbom = "sbom";
    public const string Provenance = "provenance";
    public const string Signature = "signature";
    public const string Other = "attachment";

    /// <summary>The kind that a media type means.</summary>
    /// <param name="type">artifactType of the manifest; null where it says none.</param>
    public static string Of(string? type) => type switch
    {
        MediaTypes.CycloneDx or MediaTypes.Spdx => Sbom,
        MediaTypes.Statement => Provenance,
        MediaTypes.Bundle => Signature,
        _ => Other,
    };

    /// <summary>Whether an entry of a layout's index.json is an attachment, not a package: it has no tag, and a type that is no model's.</summary>
    internal static bool IsOne(Descriptor entry) =>
        entry.Annotation(AnnotationKeys.RefName) is null && entry.ArtifactType is not (null or MediaTypes.Model);
}
