using System.Text;
using ModelPack.Models;
using ModelPack.Packaging.Attachments;
using ModelPack.Packaging.Oci;
using ModelPack.Packaging.Provenance;
using ModelPack.Packaging.Registries;
using ModelPack.Packaging.Sboms;
using ModelPack.Packaging.Signing;
using ModelPack.Packaging.Transfers;

namespace ModelPack.Packaging.Verification;

/// <summary>Checks what is attached to packages: that it is about them, and that a key signed them with it.</summary>
/// <param name="store">Where the packages are.</param>
/// <param name="key">The key that must have signed; null to look at no signature.</param>
internal sealed class AttachmentCheck(PackageStore store, SigningKey? key)
{
    private const int MaxManifests = 1000;

    private readonly HashSet<Digest> _seen = [];
    private readonly List<PackageFinding> _findings = [];
    private readonly List<VerifiedAttachment> _attachments = [];

    /// <summary>What is wrong.</summary>
    public IReadOnlyList<PackageFinding> Findings => _findings;

    /// <summary>What was looked at.</summary>
    public IReadOnlyList<VerifiedAttachment> Attachments => _attachments;

    /// <summary>Checks a manifest, or an index and its manifests; what cannot be read is left to whoever checks bytes.</summary>
    /// <param name="root">An index or a manifest.</param>
    /// <param name="cancel">Stops.</param>
    public async Task RunAsync(OciManifest root, CancellationToken cancel)
    {
        if (!_seen.Add(root.Digest))
        {
            return;
        }

        if (_seen.Count > MaxManifests)
        {
            throw new InvalidPackageException($"{store.Name}: more than {MaxManifests} manifests");
        }

        IReadOnlyList<Descriptor> entries = await store.ReferrersAsync(root.Digest, cancel);
        List<Attachment> read = [];
        HashSet<Digest> present = [];
        foreach (Descriptor entry in entries)
        {
            if (AttachmentReader.IsTooMuch(read))
            {
                _findings.Add(new("invalid", Name(AttachmentKind.Other, root), $"more than {AttachmentReader.MaxTotal} bytes are attached; the rest was not looked at"));
                break;
            }

            await TryAsync(Name(AttachmentKind.Of(entry.ArtifactType), root), async () =>
            {
                Attachment? attachment = await AttachmentReader.ReadAsync(store, root.Digest, entry, cancel);
                present.Add(entry.Digest);
                if (attachment is not null)
                {
                    read.Add(attachment);
                    CheckClaims(attachment, root);
                }
            });
        }

        HashSet<Digest> signed = key is null ? [] : await CheckSignatureAsync(root, read, present, key, cancel);
        _attachments.AddRange(read.Select(a => new VerifiedAttachment(a.Kind, a.Manifest.ArtifactType, root.Digest, a.Manifest.Digest, signed.Contains(a.Manifest.Digest))));
        foreach (Descriptor child in root.Manifests)
        {
            await TryAsync(child.Digest.ToString(), async () => await RunAsync(await store.GetAsync(child.Digest.ToString(), cancel), cancel));
        }
    }

    private void CheckClaims(Attachment attachment, OciManifest subject)
    {
        string place = Name(attachment.Kind, subject);
        switch (attachment.Kind)
        {
            case AttachmentKind.Provenance when !ProvenanceStatement.SubjectsOf(attachment.Content, place).Contains(subject.Digest.Hex):
                _findings.Add(new("provenance", place, $"is about something else than {subject.Digest}"));
                break;
            case AttachmentKind.Sbom when SbomClaims.Read(attachment.Content, attachment.Manifest.ArtifactType, place) is { Manifest: { } manifest } claims:
                if (manifest != subject.Digest.Hex)
                {
                    _findings.Add(new("sbom", place, $"is about sha256:{manifest}; expected {subject.Digest}"));
                }
                else
                {
                    _findings.AddRange(Differences(claims, subject).Select(d => new PackageFinding("sbom", place, d)));
                }

                break;
            default:
                break;
        }
    }

    private static IEnumerable<string> Differences(SbomClaims claims, OciManifest manifest)
    {
        HashSet<SignedFile> files = [.. PackageFiles.Of(manifest)];
        return claims.Files.Where(f => !files.Contains(f)).Select(static f => $"lists {f.Name} with SHA-256 {f.Sha256}, which the package does not hold")
            .Concat(files.Where(f => !claims.Files.Contains(f)).Select(static f => $"does not list {f.Name} with SHA-256 {f.Sha256}"));
    }

    // One signature of the key that names all there is will do: an older one may stand beside it.
    private async Task<HashSet<Digest>> CheckSignatureAsync(
        OciManifest subject, List<Attachment> attachments, HashSet<Digest> present, SigningKey signer, CancellationToken cancel)
    {
        string place = Name(AttachmentKind.Signature, subject);
        List<string>? faults = null;
        HashSet<Digest> signed = [];
        foreach (Attachment bundle in attachments.Where(static a => a.Kind == AttachmentKind.Signature))
        {
            string text = Encoding.UTF8.GetString(bundle.Content.Span);
            if (Try(place, () => ModelSignature.IsOf(text, place, signer) ? (bool?)true : null) is null)
            {
                continue;
            }

            SignedModel? model = Try(place, () => ModelSignature.Open(text, place, signer));
            List<string> found = model is null ? ["is broken: the key did not sign this"] : await FaultsAsync(model, subject, present, cancel);
            if (found.Count == 0)
            {
                signed.Add(bundle.Manifest.Digest);
                signed.UnionWith(model!.Package!.Attached.Select(static d => d.Manifest));
            }

            faults = faults is null || found.Count < faults.Count ? found : faults;
        }

        _findings.AddRange((faults ?? [$"is missing: key {signer.Hint[..16]} did not sign {subject.Digest}"]).Select(f => new PackageFinding("signature", place, f)));
        return signed;
    }

    private async Task<List<string>> FaultsAsync(SignedModel model, OciManifest subject, HashSet<Digest> present, CancellationToken cancel)
    {
        if (model.Package is not { } package)
        {
            return ["is of files, not of a package"];
        }

        if (package.Manifest != subject.Digest)
        {
            return [$"is of the package {package.Manifest}; expected {subject.Digest}"];
        }

        List<string> faults = [.. package.Attached.Where(d => !present.Contains(d.Manifest))
            .Select(static d => $"names the {AttachmentKind.Of(d.MediaType)} {d.Manifest}, which is missing or changed")];
        await TryAsync(Name(AttachmentKind.Signature, subject), async () => faults.AddRange(
            ModelSignature.Differences(model.Files, await PackageFiles.OfAsync(store, subject, cancel)).Select(static d => $"{d.File}: {d.Message}")));
        return faults;
    }

    private static string Name(string kind, OciManifest subject)
    {
        string? version = subject.Annotation(AnnotationKeys.Version);
        string? variant = subject.Annotation(AnnotationKeys.Variant);
        return $"{kind} of {(version is null ? subject.Digest.ToString() : variant is null ? version : $"{version} {variant}")}";
    }

    private T? Try<T>(string place, Func<T?> read)
    {
        try
        {
            return read();
        }
        catch (ModelPackException fault)
        {
            _findings.Add(new("invalid", place, fault.Message));
            return default;
        }
    }

    private async Task TryAsync(string place, Func<Task> check)
    {
        try
        {
            await check();
        }
        catch (ModelPackException fault) when (fault is not RegistryException)
        {
            _findings.Add(new("invalid", place, fault.Message));
        }
    }
}
