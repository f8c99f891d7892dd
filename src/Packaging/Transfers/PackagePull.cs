using System.IO.Enumeration;
using System.Text;
using ModelPack.Models;
using ModelPack.Packaging.Attachments;
using ModelPack.Packaging.Layouts;
using ModelPack.Packaging.Oci;
using ModelPack.Packaging.Packing;

namespace ModelPack.Packaging.Transfers;

/// <summary>Writes the files of a package into a folder: each under its name only when its digest is right, none outside the folder.</summary>
/// <param name="source">Where the package is.</param>
public sealed class PackagePull(PackageStore source)
{
    private const int Parallel = 4;

    /// <summary>Finds the manifest of one variant.</summary>
    /// <param name="root">An index or a manifest.</param>
    /// <param name="variant">The label; null where there is but one.</param>
    /// <param name="cancel">Stops.</param>
    /// <exception cref="ModelPackException">There is no such variant, or several and none was asked for.</exception>
    public async Task<OciManifest> ChooseAsync(OciManifest root, string? variant, CancellationToken cancel)
    {
        if (!root.IsIndex)
        {
            return variant is null || root.Annotation(AnnotationKeys.Variant) == variant
                ? root
                : throw new ModelPackException($"{source.Name}: the package is the variant '{root.Annotation(AnnotationKeys.Variant)}', not '{variant}'");
        }

        Descriptor[] fitting = [.. root.Manifests.Where(m => variant is null || m.Annotation(AnnotationKeys.Variant) == variant)];
        string known = string.Join(", ", root.Manifests.Select(static m => m.Annotation(AnnotationKeys.Variant) ?? m.Digest.ToString()));
        return fitting.Length == 1
            ? await ChooseAsync(await source.GetAsync(fitting[0].Digest.ToString(), cancel), null, cancel)
            : throw new ModelPackException(fitting.Length == 0 && variant is not null
                ? $"{source.Name}: no variant '{variant}'; there are {known}"
                : $"{source.Name}: expected one variant to be named by --variant; there are {known}");
    }

    /// <summary>Pulls the files of a manifest.</summary>
    /// <param name="manifest">Of one variant.</param>
    /// <param name="folder">Made when it is not there.</param>
    /// <param name="include">Patterns of paths with * and ?; empty for all files. A pattern without '/' is of the name alone.</param>
    /// <param name="overwrite">Whether files of other content may be replaced.</param>
    /// <param name="progress">Told how far it is.</param>
    /// <param name="cancel">Stops; files on their way stay as NAME.partial, and the next pull goes on with them.</param>
    /// <returns>The paths of the package that were asked for.</returns>
    /// <exception cref="ModelPackException">A path is not allowed, a file is in the way, or a digest is wrong.</exception>
    public async Task<IReadOnlyList<string>> RunAsync(
        OciManifest manifest, string folder, IReadOnlyList<string> include, bool overwrite, IProgress<TransferProgress> progress, CancellationToken cancel)
    {
        (string Path, Descriptor Blob)[] all = [.. manifest.Layers.Select((layer, i) => (PathOf(layer, i), layer))];
        PackagePath.Check([.. all.Select(static f => f.Path)], source.Name);
        (string Path, Descriptor Blob)[] files = [.. all.Where(f => include.Count == 0 || include.Any(p => Matches(p, f.Path)))];
        if (files.Length == 0)
        {
            throw new ModelPackException($"{source.Name}: no file fits {string.Join(", ", include.Select(static p => $"'{p}'"))}; there are {string.Join(", ", all.Take(10).Select(static f => f.Path))}");
        }

        string home = Path.GetFullPath(folder);
        Directory.CreateDirectory(home);
        TransferMeter meter = new(progress, files.Sum(static f => f.Blob.Size));
        await System.Threading.Tasks.Parallel.ForEachAsync(
            files,
            new ParallelOptions { MaxDegreeOfParallelism = Parallel, CancellationToken = cancel },
            async (file, token) => await PullAsync(file.Path, file.Blob, home, overwrite, meter, token));
        await RecordAsync(manifest, home, files.Length == all.Length ? null : [.. files.Select(static f => f.Path)], cancel);
        return [.. files.Select(static f => f.Path)];
    }

    /// <summary>Pulls the config and those small files whose path fits; none is no fault.</summary>
    /// <param name="manifest">Of one variant.</param>
    /// <param name="folder">Made when it is not there.</param>
    /// <param name="wanted">Whether a path fits.</param>
    /// <param name="mostBytes">Largest size of a file.</param>
    /// <param name="cancel">Stops.</param>
    /// <exception cref="ModelPackException">A path is not allowed, a file that fits is larger, or a digest is wrong.</exception>
    public async Task PullTextsAsync(OciManifest manifest, string folder, Func<string, bool> wanted, long mostBytes, CancellationToken cancel)
    {
        (string Path, Descriptor Blob)[] all = [.. manifest.Layers.Select((layer, i) => (PathOf(layer, i), layer))];
        PackagePath.Check([.. all.Select(static f => f.Path)], source.Name);
        (string Path, Descriptor Blob)[] files = [.. all.Where(f => wanted(f.Path))];
        if (files.FirstOrDefault(f => f.Blob.Size > mostBytes) is { Path: { } large, Blob: { } blob })
        {
            throw new InvalidPackageException($"{source.Name}: {large}: {blob.Size} bytes; expected a text of at most {mostBytes}");
        }

        string home = Path.GetFullPath(folder);
        Directory.CreateDirectory(home);
        TransferMeter meter = new(new Progress<TransferProgress>(), files.Sum(static f => f.Blob.Size));
        foreach ((string path, Descriptor text) in files)
        {
            await PullAsync(path, text, home, overwrite: false, meter, cancel);
        }

        await RecordAsync(manifest, home, [.. files.Select(static f => f.Path)], cancel);
    }

    /// <summary>Path of a layer's file.</summary>
    internal static string PathOf(Descriptor layer, int index) => MediaTypes.IsArchive(layer.MediaType)
        ? throw new InvalidPackageException($"layer {index} ({layer.MediaType}): an archive; expected layers that are one file each")
        : layer.Annotation(AnnotationKeys.FilePath) ?? layer.Annotation(AnnotationKeys.Title)
            ?? throw new InvalidPackageException($"layer {index} ({layer.MediaType}): no annotation {AnnotationKeys.FilePath}");

    private static bool Matches(string pattern, string path) =>
        FileSystemName.MatchesSimpleExpression(pattern, pattern.Contains('/') ? path : path[(path.LastIndexOf('/') + 1)..], ignoreCase: false);

    private async Task PullAsync(string path, Descriptor blob, string home, bool overwrite, TransferMeter meter, CancellationToken cancel)
    {
        string target = Place(home, path);
        if (File.Exists(target))
        {
            if (new FileInfo(target).Length == blob.Size && await FileDigest.OfAsync(target, null, cancel) == blob.Digest)
            {
                meter.Skip(blob);
                return;
            }

            if (!overwrite)
            {
                throw new ModelPackException($"{target}: exists with other content; expected another folder, or --overwrite");
            }
        }

        await BlobDownload.RunAsync(source, blob, target + ".partial", target, meter.Of(blob), cancel);
    }

    // A link that stands in the folder could lead a file out of it.
    private static string Place(string home, string path)
    {
        string current = home;
        string[] names = path.Split('/');
        foreach (string name in names[..^1])
        {
            current = Path.Combine(current, name);
            Directory.CreateDirectory(current);
            if (new DirectoryInfo(current).LinkTarget is not null)
            {
                throw new InvalidPackageException($"{current}: a link; files are not written through links");
            }
        }

        string target = Path.Combine(current, names[^1]);
        return new FileInfo(target).LinkTarget is not null || new FileInfo(target + ".partial").LinkTarget is not null || Directory.Exists(target)
            ? throw new InvalidPackageException($"{target}: a link or a folder; expected no such name, or a file")
            : target;
    }

    private async Task RecordAsync(OciManifest manifest, string home, string[]? part, CancellationToken cancel)
    {
        string folder = Path.Combine(home, PackageRecord.Folder);
        Directory.CreateDirectory(folder);
        if (new DirectoryInfo(folder).LinkTarget is not null)
        {
            throw new InvalidPackageException($"{folder}: a link; files are not written through links");
        }

        string config = Path.Combine(folder, PackageRecord.ConfigFile);
        if (manifest.Config is { Size: <= OciManifest.MaxBytes } blob)
        {
            await BlobDownload.RunAsync(source, blob, config + ".partial", config, new Progress<long>(), cancel);
        }

        string parts = Path.Combine(folder, PackageRecord.PartFile);
        File.Delete(parts);
        if (part is not null)
        {
            await WriteAsync(parts, Encoding.UTF8.GetBytes(string.Concat(part.Select(static p => p + "\n"))), cancel);
        }

        await WriteAsync(Path.Combine(folder, PackageRecord.ManifestFile), manifest.Bytes, cancel);
    }

    /// <summary>Brings what is attached to a manifest beside the files that were pulled.</summary>
    /// <param name="manifest">Of one variant.</param>
    /// <param name="folder">Where its files are.</param>
    /// <param name="cancel">Stops.</param>
    /// <returns>The number of documents.</returns>
    /// <exception cref="ModelPackException">A document is not what its manifest says.</exception>
    public async Task<int> PullAttachedAsync(OciManifest manifest, string folder, CancellationToken cancel)
    {
        IReadOnlyList<Attachment> documents = await AttachmentReader.ReadAsync(source, manifest.Digest, [], cancel);
        string attached = Path.Combine(Path.GetFullPath(folder), PackageRecord.Folder, PackageRecord.AttachedFolder);
        if (new DirectoryInfo(attached).LinkTarget is not null)
        {
            throw new InvalidPackageException($"{attached}: a link; files are not written through links");
        }

        // What an earlier pull brought was attached to what it pulled.
        if (LayoutStore.IsLayout(attached))
        {
            Directory.Delete(attached, recursive: true);
        }

        if (documents.Count > 0)
        {
            using LayoutStore layout = LayoutStore.OpenOrCreate(attached);
            foreach (Attachment document in documents)
            {
                await layout.PutBytesAsync(document.Content, document.Document.MediaType, cancel);
                await layout.PutBytesAsync(await AttachmentReader.ContentAsync(source, document.Manifest.Config!, cancel), document.Manifest.Config!.MediaType, cancel);
                await layout.PutManifestAsync(document.Manifest, null, cancel);
            }
        }

        return documents.Count;
    }

    private static async Task WriteAsync(string path, ReadOnlyMemory<byte> bytes, CancellationToken cancel)
    {
        await File.WriteAllBytesAsync(path + ".partial", bytes, cancel);
        File.Move(path + ".partial", path, overwrite: true);
    }
}
