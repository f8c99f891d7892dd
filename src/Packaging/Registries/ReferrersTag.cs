using ModelPack.Packaging.Oci;

namespace ModelPack.Packaging.Registries;

/// <summary>The tag of the list of attachments in a registry that keeps none itself (distribution-spec 1.1, "Referrers Tag Schema").</summary>
internal static class ReferrersTag
{
    private const string Prefix = "sha256-";

    /// <summary>"sha256-" and the digest of what the list is of.</summary>
    public static string Of(Digest subject) => Prefix + subject.Hex;

    /// <summary>Whether a tag is one of these, which nobody gave.</summary>
    public static bool IsOne(string tag) => tag.StartsWith(Prefix, StringComparison.Ordinal) && Digest.TryParse(tag.Replace('-', ':'), out _);
}
