using System.Text;
using ModelPack.Models;
using ModelPack.Packaging.Attachments;
using ModelPack.Packaging.Oci;
using ModelPack.Packaging.Transfers;

namespace ModelPack.Packaging.Signing;

/// <summary>
/// Signs packages where they are: an index and each of its manifests get a bundle over the digests that they name, over
/// themselves, and over what is attached to them. No weight is read or sent.
/// </summary>
/// <param name="store">Where the package is; the bundles are attached to it there.</param>
/// <param name="key">A private key.</param>
public sealed class PackageSigner(PackageStore store, SigningKey key)
{
    private const int MaxDepth = 4;

    private static readonly Dictionary<string, string> Annotations = new()
    {
        ["dev.sigstore.bundle.content"] = "dsse-envelope",
        ["dev.sigstore.bundle.predicateType"] = ModelSignature.PredicateType,
    };

    /// <param name="root">An index or a manifest.</param>
    /// <param name="cancel">Stops.</param>
    /// <returns>Each manifest, variants first, with the number of files signed; 0 where this key had signed all that already.</returns>
    /// <exception cref="ModelPackException">A manifest is missing or broken, or the bundle cannot be attached.</exception>
    public Task<IReadOnlyList<(OciManifest Manifest, int Files)>> SignAsync(OciManifest root, CancellationToken cancel) => SignAsync(root, 0, cancel);

    private async Task<IReadOnlyList<(OciManifest Manifest, int Files)>> SignAsync(OciManifest root, int depth, CancellationToken cancel)
    {
        if (depth > MaxDepth)
        {
            throw new InvalidPackageException($"{store.Name}: {root.Digest}: an index of more than {MaxDepth} levels");
        }

        List<(OciManifest, int)> signed = [];
        foreach (Descriptor child in root.Manifests)
        {
            signed.AddRange(await SignAsync(await store.GetAsync(child.Digest.ToString(), cancel), depth + 1, cancel));
        }

        IReadOnlyList<SignedFile> files = await PackageFiles.OfAsync(store, root, cancel);
        IReadOnlyList<Descriptor> attached = await store.ReferrersAsync(root.Digest, cancel);
        SignedPackage package = new(
            root.Digest,
            [.. attached.Where(static d => AttachmentKind.Of(d.ArtifactType) != AttachmentKind.Signature).Select(static d => new SignedDocument(d.ArtifactType ?? "", d.Digest))]);
        if (await IsSignedAsync(root, package, attached, cancel))
        {
            return [.. signed, (root, 0)];
        }

        string bundle = ModelSignature.Sign(root.Annotation(AnnotationKeys.Title) ?? "model", files, key, package);
        await AttachmentWriter.AddAsync(store, root, MediaTypes.Bundle, Encoding.UTF8.GetBytes(bundle), Annotations, cancel);
        return [.. signed, (root, files.Count)];
    }

    // A signature of the same is no news: its bytes would be others, for every signature has a random number in it.
    private async Task<bool> IsSignedAsync(OciManifest manifest, SignedPackage package, IReadOnlyList<Descriptor> attached, CancellationToken cancel)
    {
        foreach (Descriptor entry in attached.Where(static d => d.ArtifactType == MediaTypes.Bundle))
        {
            try
            {
                Attachment? bundle = await AttachmentReader.ReadAsync(store, manifest.Digest, entry, cancel);
                if (bundle is not null && ModelSignature.Open(Encoding.UTF8.GetString(bundle.Content.Span), store.Name, key)?.Package is { } old
                    && old.Manifest == package.Manifest && old.Attached.ToHashSet().SetEquals(package.Attached))
                {
                    return true;
                }
            }
            catch (ModelPackException fault) when (fault is not Registries.RegistryException)
            {
                // A bundle that is broken, or of a kind that others write, signs nothing here.
            }
        }

        return false;
    }
}
