using ModelPack.Packaging.Attachments;
using ModelPack.Packaging.Oci;

namespace ModelPack.Packaging.Layouts;

public sealed partial class LayoutStore
{
    /// <remarks>Attachments stand in index.json without a tag; one whose manifest is gone or broken is listed under its own name only.</remarks>
    public override Task<IReadOnlyList<Descriptor>> ReferrersAsync(Digest subject, CancellationToken cancel)
    {
        List<Descriptor> found = [];
        foreach (Descriptor entry in ReadIndex().Where(AttachmentKind.IsOne))
        {
            cancel.ThrowIfCancellationRequested();
            if (SubjectOf(entry) == subject)
            {
                found.Add(entry);
            }
        }

        return Task.FromResult<IReadOnlyList<Descriptor>>(found);
    }

    /// <summary>Drops the entries of attachments whose subject no tag leads to any more: an index that was replaced, a variant that was.</summary>
    /// <returns>What was dropped.</returns>
    public async Task<IReadOnlyList<Descriptor>> DropOrphansAsync(CancellationToken cancel)
    {
        HashSet<Digest> reached = [.. ReadIndex().Where(AttachmentKind.IsOne).Select(static e => e.Digest)];
        foreach (Descriptor entry in ReadIndex().Where(static e => !AttachmentKind.IsOne(e)))
        {
            reached.Add(entry.Digest);
            reached.UnionWith((await FindAsync(entry.Digest.ToString(), cancel))?.Manifests.Select(static m => m.Digest) ?? []);
        }

        Descriptor[] orphans = [.. ReadIndex().Where(e => AttachmentKind.IsOne(e) && SubjectOf(e) is { } subject && !reached.Contains(subject))];
        if (orphans.Length > 0)
        {
            Change(entries => entries.Where(e => !orphans.Any(o => o.Digest == e.Digest)), cancel);
        }

        return orphans;
    }

    /// <summary>Drops the SBOM and provenance of a manifest that is packed anew, but for the new ones.</summary>
    /// <param name="subject">The manifest.</param>
    /// <param name="keep">Manifests of the new ones.</param>
    /// <param name="cancel">Stops.</param>
    public async Task DropOldAsync(Digest subject, IReadOnlyCollection<Digest> keep, CancellationToken cancel)
    {
        HashSet<Digest> old =
        [
            .. (await ReferrersAsync(subject, cancel)).Where(d => AttachmentKind.Of(d.ArtifactType) is AttachmentKind.Sbom or AttachmentKind.Provenance && !keep.Contains(d.Digest))
                .Select(static d => d.Digest),
        ];
        if (old.Count > 0)
        {
            Change(entries => entries.Where(e => !old.Contains(e.Digest)), cancel);
        }
    }

    // A manifest that is broken has no subject that could be believed.
    private Digest? SubjectOf(Descriptor entry)
    {
        try
        {
            return Read(entry.Digest, entry.MediaType)?.Subject?.Digest;
        }
        catch (InvalidPackageException)
        {
            return null;
        }
    }
}
