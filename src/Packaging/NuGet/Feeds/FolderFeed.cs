using System.Security.Cryptography;
using ModelPack.Packaging.Oci;

namespace ModelPack.Packaging.NuGet.Feeds;

/// <summary>
/// A folder that NuGet reads as a feed: flat, or ID/VERSION/ID.VERSION.nupkg with its hash and nuspec beside it, as <c>nuget init</c> makes it.
/// A folder stays what it is; a new one is flat.
/// </summary>
public sealed class FolderFeed : PackageFeed
{
    private const string HashEnding = ".sha512";

    private readonly string _folder;
    private readonly bool _isTree;

    public FolderFeed(string folder)
    {
        _folder = Path.GetFullPath(folder);
        Directory.CreateDirectory(_folder);
        _isTree = Directory.EnumerateDirectories(_folder).SelectMany(Directory.EnumerateDirectories).Any(static d => Directory.EnumerateFiles(d, "*.nupkg" + HashEnding).Any());
    }

    public override string Name => _folder;

    public override async Task<FeedArrival> PutAsync(NuGetArchive package, IProgress<long> progress, CancellationToken cancel)
    {
        string path = Path.Combine(_folder, _isTree ? package.Identity.FeedPath : package.Identity.FileName);
        bool isThere = File.Exists(path);
        if (isThere && (new FileInfo(path).Length != package.Bytes || await FileDigest.OfAsync(path, null, cancel) != await FileDigest.OfAsync(package.File, null, cancel)))
        {
            throw NuGetFaults.OtherContent(Name, package.Identity.ToString());
        }

        if (!isThere)
        {
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            await CopyAsync(package, path, progress, cancel);
        }

        if (_isTree && !File.Exists(path + HashEnding))
        {
            // NuGet takes a package that has its hash beside it for complete: it comes last.
            await using FileStream content = File.OpenRead(path);
            await File.WriteAllBytesAsync(Path.Combine(Path.GetDirectoryName(path)!, $"{package.Identity.Id.ToLowerInvariant()}.nuspec"), package.NuspecBytes(), cancel);
            await File.WriteAllTextAsync(path + HashEnding, Convert.ToBase64String(await SHA512.HashDataAsync(content, cancel)), cancel);
        }

        return isThere ? FeedArrival.There : FeedArrival.Sent;
    }

    private static async Task CopyAsync(NuGetArchive package, string path, IProgress<long> progress, CancellationToken cancel)
    {
        string partial = path + ".partial";
        byte[] buffer = new byte[1 << 20];
        try
        {
            await using (FileStream source = new(package.File, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 0, FileOptions.Asynchronous | FileOptions.SequentialScan))
            await using (FileStream target = new(partial, FileMode.Create, FileAccess.Write, FileShare.None, bufferSize: 0, FileOptions.Asynchronous))
            {
                long done = 0;
                for (int read; (read = await source.ReadAsync(buffer, cancel)) > 0;)
                {
                    await target.WriteAsync(buffer.AsMemory(0, read), cancel);
                    progress.Report(done += read);
                }
            }

            File.Move(partial, path);
        }
        finally
        {
            File.Delete(partial);
        }
    }
}
