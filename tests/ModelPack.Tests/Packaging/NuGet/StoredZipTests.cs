using System.IO.Compression;
using ModelPack.Packaging;
using ModelPack.Packaging.NuGet;
using ModelPack.Tests.Support;

namespace ModelPack.Tests.Packaging.NuGet;

public sealed class StoredZipTests
{
    private static readonly DateTime FirstDay = new(1980, 1, 1);

    [Fact]
    public async Task Dotnet_s_own_reader_gives_the_entries_back()
    {
        (string Name, byte[] Bytes)[] entries = [("empty", []), ("a/one", [7]), ("a/many.bin", TestPackage.Bytes(3_000_001))];
        byte[] file = await WriteAsync(entries);
        using ZipArchive zip = new(new MemoryStream(file));
        Assert.Equal(entries.Select(static e => e.Name), zip.Entries.Select(static e => e.FullName));
        foreach ((string name, byte[] bytes) in entries)
        {
            ZipArchiveEntry entry = zip.GetEntry(name)!;
            using MemoryStream content = new();
            using (Stream stream = entry.Open())
            {
                stream.CopyTo(content);
            }

            Crc32 crc = new();
            crc.Append(bytes);
            Assert.Equal(bytes, content.ToArray());
            Assert.Equal((crc.Value, bytes.Length, bytes.Length, FirstDay), (entry.Crc32, entry.Length, entry.CompressedLength, entry.LastWriteTime.DateTime));
        }
    }

    [Fact]
    public async Task Its_size_is_known_beforehand_and_nothing_of_Zip64_is_in_it()
    {
        (string Name, byte[] Bytes)[] entries = [("a", TestPackage.Bytes(10)), ("folder/b.bin", TestPackage.Bytes(1000))];
        byte[] file = await WriteAsync(entries);
        Assert.Equal(StoredZip.EndBytes + entries.Sum(static e => StoredZip.Overhead(e.Name) + e.Bytes.Length), file.Length);
        Assert.Equal(-1, file.AsSpan().IndexOf("PK\x06\x06"u8));
        Assert.Equal(-1, file.AsSpan().IndexOf("PK\x06\x07"u8));
    }

    [Fact]
    public async Task Bytes_and_streams_are_written_alike()
    {
        byte[] bytes = TestPackage.Bytes(70_000);
        using MemoryStream file = new();
        StoredZip zip = new(file);
        await zip.AddAsync("a", bytes, TestContext.Current.CancellationToken);
        await zip.FinishAsync(TestContext.Current.CancellationToken);
        Assert.Equal(await WriteAsync(("a", bytes)), file.ToArray());
    }

    [Fact]
    public async Task What_would_need_Zip64_is_refused_before_a_byte_is_read()
    {
        StoredZip zip = new(new MemoryStream());
        InvalidPackageException fault = await Assert.ThrowsAsync<InvalidPackageException>(
            () => zip.AddAsync("model.bin", Stream.Null, StoredZip.MaxBytes, static _ => { }, TestContext.Current.CancellationToken));
        Assert.Contains("model.bin", fault.Message, StringComparison.Ordinal);
        Assert.Contains("less than 4 GiB", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_stream_that_ends_early_is_a_fault() =>
        await Assert.ThrowsAsync<EndOfStreamException>(() => new StoredZip(new MemoryStream()).AddAsync("a", new MemoryStream([1]), 2, static _ => { }, TestContext.Current.CancellationToken));

    private static async Task<byte[]> WriteAsync(params (string Name, byte[] Bytes)[] entries)
    {
        using MemoryStream file = new();
        StoredZip zip = new(file);
        foreach ((string name, byte[] bytes) in entries)
        {
            await zip.AddAsync(name, new MemoryStream(bytes), bytes.Length, static _ => { }, TestContext.Current.CancellationToken);
        }

        await zip.FinishAsync(TestContext.Current.CancellationToken);
        return file.ToArray();
    }
}
