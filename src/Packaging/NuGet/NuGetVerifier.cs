using ModelPack.Packaging.Oci;
using ModelPack.Packaging.Verification;

namespace ModelPack.Packaging.NuGet;

/// <summary>Checks that the packages in a folder are those that their models' records name, byte by byte.</summary>
public sealed class NuGetVerifier
{
    private const string Pattern = "*.nupkg";

    private readonly IProgress<long> _progress;
    private readonly List<PackageFinding> _findings = [];
    private readonly List<string> _digests = [];
    private int _files;
    private long _bytes;

    private NuGetVerifier(IProgress<long> progress) => _progress = progress;

    /// <summary>Whether a folder has packages for NuGet in it.</summary>
    public static bool CanVerify(string folder) => Directory.Exists(folder) && Directory.EnumerateFiles(folder, Pattern).Any();

    /// <param name="folder">Holds the packages of whole models.</param>
    /// <param name="progress">Told the bytes hashed.</param>
    /// <param name="cancel">Stops between buffers.</param>
    public static async Task<PackageVerification> RunAsync(string folder, IProgress<long> progress, CancellationToken cancel)
    {
        NuGetVerifier verifier = new(progress);
        await verifier.FolderAsync(folder, cancel);
        return new("nuget", verifier._digests, verifier._files, verifier._bytes, verifier._findings);
    }

    private async Task FolderAsync(string folder, CancellationToken cancel)
    {
        List<NuGetArchive> packages = [];
        List<string> unreadable = [];
        foreach (string file in Directory.EnumerateFiles(folder, Pattern).Order(StringComparer.Ordinal))
        {
            try
            {
                packages.Add(NuGetArchive.Open(file));
            }
            catch (InvalidPackageException fault)
            {
                unreadable.Add(Path.GetFileName(file));
                Find("invalid", file, fault.Message);
            }
        }

        HashSet<NuGetArchive> named = [];
        foreach (NuGetArchive model in packages.Where(static p => p.Manifest is not null))
        {
            _digests.Add((await HashAsync(model.File, cancel)).ToString());
            for (int i = 0; i < model.Manifest!.Parts.Count; i++)
            {
                NuGetPartRecord record = model.Manifest.Parts[i];
                if (packages.Find(p => p.Manifest is null && NuGetArchive.Same(p.Identity, record.Identity)) is { } part)
                {
                    named.Add(part);
                    await PartAsync(model.Manifest, i + 1, record, part, cancel);
                }
                else if (!unreadable.Contains(record.Identity.FileName, StringComparer.OrdinalIgnoreCase))
                {
                    Find("missing", record.Identity.FileName, $"is missing; {model.Identity} needs it");
                }
            }
        }

        foreach (NuGetArchive part in packages.Where(p => p.Manifest is null && !named.Contains(p)))
        {
            Find("missing", part.File, "is a part of a model whose package is missing");
        }
    }

    // A feed that signs packages adds an entry: then only what the model is made of can be compared.
    private async Task PartAsync(NuGetManifest model, int number, NuGetPartRecord record, NuGetArchive part, CancellationToken cancel)
    {
        Digest digest = await HashAsync(part.File, cancel);
        if (digest == record.Digest)
        {
            return;
        }

        IReadOnlyList<PackageFinding> damaged = SliceCheck.Run(model, number, part);
        _findings.AddRange(damaged);
        if (damaged.Count == 0 && !part.IsSigned)
        {
            Find(part.Bytes == record.Bytes ? "hash" : "size", part.File, $"has {part.Bytes} bytes of the digest {digest}; expected {record.Bytes} of {record.Digest}");
        }
    }

    private async Task<Digest> HashAsync(string path, CancellationToken cancel)
    {
        long before = _bytes;
        Digest digest = await FileDigest.OfAsync(path, new Sum(_progress, before), cancel);
        _files++;
        _bytes += new FileInfo(path).Length;
        return digest;
    }

    private void Find(string code, string path, string text) => _findings.Add(new(code, Path.GetFileName(path), text));

    private sealed class Sum(IProgress<long> all, long before) : IProgress<long>
    {
        public void Report(long value) => all.Report(before + value);
    }
}
