using ModelPack.Models;
using ModelPack.Packaging.Oci;

namespace ModelPack.Packaging.Transfers;

/// <summary>Which tags may be set: a release's tag never changes its content, a channel's tag moves to higher versions only.</summary>
internal static class TagRules
{
    /// <param name="store">Where the tag is to be set.</param>
    /// <param name="tag">The tag.</param>
    /// <param name="manifest">What it is to name.</param>
    /// <param name="force">Allow all of it.</param>
    /// <param name="cancel">Stops.</param>
    /// <returns>Whether it names that already.</returns>
    /// <exception cref="ModelPackException">The tag may not be set.</exception>
    public static async Task<bool> CheckAsync(PackageStore store, string tag, OciManifest manifest, bool force, CancellationToken cancel)
    {
        if (force)
        {
            return false;
        }

        bool isRelease = PackageVersion.IsRelease(tag);
        PackageVersion? version = PackageVersion.TryParse(manifest.Annotation(AnnotationKeys.Version));
        if (!isRelease && version is not null && !version.FitsChannel(tag))
        {
            throw new ModelPackException($"{store.Name}: the channel '{tag}' cannot stand at {version}; expected a release that starts so, or --force");
        }

        OciManifest? old = await store.FindAsync(tag, cancel);
        if (old is null || old.Digest == manifest.Digest)
        {
            return old is not null;
        }

        if (isRelease)
        {
            throw new ModelPackException($"{store.Name}: '{tag}' is released with other content ({old.Digest}); expected a new version, or --force");
        }

        PackageVersion? standing = PackageVersion.TryParse(old.Annotation(AnnotationKeys.Version));
        if (standing is null || version is null)
        {
            throw new ModelPackException($"{store.Name}: '{tag}' moves to higher versions only, and {(standing is null ? "what it names" : "what it shall name")} says no version; expected --force");
        }

        if (standing.IsAbove(version))
        {
            throw new ModelPackException($"{store.Name}: '{tag}' stands at {standing}, which is above {version}; channels move forward only, or by --force");
        }

        return false;
    }
}
