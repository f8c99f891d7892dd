using System.IO.Compression;
using ModelPack.Packaging.NuGet;
using ModelPack.Packaging.NuGet.Feeds;
using ModelPack.Packaging.Packing;
using ModelPack.Packaging.Transfers;

namespace ModelPack.Tests.Support;

/// <summary>Small packages for NuGet in tests.</summary>
internal static class TestNuGet
{
    /// <summary>The smallest part.</summary>
    public static readonly NuGetPackOptions Small = new() { PartBytes = NuGetPackOptions.SmallestPart };

    /// <summary>Packs acme-tiny: a small file and one of 2.5 MiB, which makes three parts.</summary>
    public static Task<NuGetPackResult> PackAsync(string folder, string version = "1.2.0", string? variant = "q4_k_m") =>
        PackAsync(folder, TestPackage.Request(version, variant, ("config.json", TestPackage.Text("{}")), ("model.gguf", TestPackage.Bytes(5 << 19)), ("LICENSES/Apache-2.0.txt", TestPackage.Text("text\n"))));

    /// <summary>Packs a request into parts of 1 MiB.</summary>
    public static Task<NuGetPackResult> PackAsync(string folder, PackageRequest request, NuGetPackOptions? options = null) =>
        NuGetPacker.RunAsync(request, options ?? Small, folder, new TestPackage.Silent<long>(), TestContext.Current.CancellationToken);

    /// <summary>The packages of a folder, in an order that is wrong for a push.</summary>
    public static NuGetArchive[] Open(string folder) => [.. Directory.EnumerateFiles(folder, "*.nupkg").Order(StringComparer.Ordinal).Reverse().Select(NuGetArchive.Open)];

    /// <summary>Publishes a folder's packages.</summary>
    public static Task<IReadOnlyList<FeedPackage>> PushAsync(string folder, PackageFeed feed) =>
        FeedPush.RunAsync(Open(folder), feed, new TestPackage.Silent<TransferProgress>(), TestContext.Current.CancellationToken);

    /// <summary>A feed that is spoken to without waiting long.</summary>
    public static HttpFeed Feed(string index, FeedOptions? options = null) => new(new(index), (options ?? new()) with { Connection = TestPackage.Options() });

    /// <summary>The bytes of an entry of a package.</summary>
    public static byte[] Entry(string package, string name)
    {
        using ZipArchive zip = ZipFile.OpenRead(package);
        using Stream content = zip.GetEntry(name)!.Open();
        using MemoryStream bytes = new();
        content.CopyTo(bytes);
        return bytes.ToArray();
    }
}
