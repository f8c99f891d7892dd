using System.Security.Cryptography;
using ModelPack.Packaging.Oci;
using ModelPack.Packaging.Packing;

namespace ModelPack.Packaging.NuGet;

/// <summary>Writes the slices of files in order, each byte read once, and takes the digests of slices and files.</summary>
internal sealed class PartWriter(IReadOnlyList<PackageFile> files, IReadOnlyList<long> lengths, IProgress<long> progress) : IDisposable
{
    private readonly IncrementalHash _file = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private readonly IncrementalHash _slice = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private readonly List<NuGetSliceRecord> _slices = [];
    private readonly List<NuGetFileRecord> _records = [];
    private long _done;

    /// <summary>Files whose last slice is written.</summary>
    public IReadOnlyList<NuGetFileRecord> Records => _records;

    /// <summary>Adds the slices of one part, which follow those of the part before.</summary>
    /// <exception cref="Models.ModelPackException">A file is not as long as it was.</exception>
    public async Task WriteAsync(StoredZip zip, IEnumerable<PackageSlice> slices, CancellationToken cancel)
    {
        foreach (PackageSlice slice in slices)
        {
            PackageFile file = files[slice.File];
            long length = lengths[slice.File];
            bool isWhole = slice.Bytes == length;
            await using Stream source = file.Open();
            if (source.Length != length)
            {
                throw NuGetFaults.Changed(file.Path, $"{source.Length} bytes, not {length}");
            }

            source.Position = slice.Offset;
            try
            {
                await zip.AddAsync(slice.Entry, source, slice.Bytes, bytes => Seen(bytes.Span, isWhole), cancel);
            }
            catch (EndOfStreamException fault)
            {
                throw NuGetFaults.Changed(file.Path, fault.Message);
            }

            Digest digest = Digest.Of(_slice);
            _slices.Add(new(slice.Part, slice.Entry, slice.Bytes, digest));
            if (slice.Offset + slice.Bytes == length)
            {
                _records.Add(new(file.Path, length, isWhole ? digest : Digest.Of(_file), [.. _slices]));
                _slices.Clear();
            }
        }
    }

    public void Dispose()
    {
        _file.Dispose();
        _slice.Dispose();
    }

    private void Seen(ReadOnlySpan<byte> bytes, bool isWhole)
    {
        _slice.AppendData(bytes);
        if (!isWhole)
        {
            _file.AppendData(bytes);
        }

        progress.Report(_done += bytes.Length);
    }
}
