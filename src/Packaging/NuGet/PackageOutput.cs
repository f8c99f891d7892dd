using ModelPack.Packaging.Oci;

namespace ModelPack.Packaging.NuGet;

/// <summary>Package files on their way into a folder: none has its final name before all are written.</summary>
internal sealed class PackageOutput(string folder, bool overwrite) : IDisposable
{
    private readonly List<NuGetPartRecord> _written = [];

    /// <summary>Writes one package.</summary>
    /// <param name="identity">What it is.</param>
    /// <param name="write">Adds its entries.</param>
    /// <param name="cancel">Stops between buffers.</param>
    public async Task<NuGetPartRecord> WriteAsync(NuGetIdentity identity, Func<StoredZip, Task> write, CancellationToken cancel)
    {
        string partial = Partial(identity);
        _written.Add(new(identity, 0, default));
        await using (FileStream file = new(partial, FileMode.Create, FileAccess.ReadWrite, FileShare.None, bufferSize: 1 << 16, FileOptions.Asynchronous))
        {
            StoredZip zip = new(file);
            await write(zip);
            await zip.FinishAsync(cancel);
        }

        NuGetPartRecord record = new(identity, new FileInfo(partial).Length, await FileDigest.OfAsync(partial, null, cancel));
        _written[^1] = record;
        return record;
    }

    /// <summary>Gives all packages their names, in the order in which they were written: the model's is the last.</summary>
    /// <exception cref="Models.ModelPackException">A file of other content has the name of one, and must not be replaced.</exception>
    public async Task PublishAsync(CancellationToken cancel)
    {
        foreach (NuGetPartRecord record in overwrite ? [] : _written.Where(r => File.Exists(Final(r.Identity))))
        {
            FileInfo there = new(Final(record.Identity));
            if (there.Length != record.Bytes || await FileDigest.OfAsync(there.FullName, null, cancel) != record.Digest)
            {
                throw NuGetFaults.IsThere(there.FullName);
            }
        }

        foreach (NuGetPartRecord record in _written)
        {
            File.Move(Partial(record.Identity), Final(record.Identity), overwrite: true);
        }
    }

    public void Dispose()
    {
        foreach (NuGetPartRecord record in _written)
        {
            File.Delete(Partial(record.Identity));
        }
    }

    private string Final(NuGetIdentity identity) => Path.Combine(folder, identity.FileName);

    private string Partial(NuGetIdentity identity) => Final(identity) + ".partial";
}
