using System.Security.Cryptography;
using ModelPack.Packaging.NuGet.Feeds;
using ModelPack.Packaging.Registries;
using ModelPack.Tests.Support;

namespace ModelPack.Tests.Packaging.NuGet.Feeds;

public sealed class FolderFeedTests
{
    private const string Model = "acme-tiny.q4_k_m.1.2.0.nupkg";

    [Fact]
    public async Task A_new_folder_becomes_a_flat_feed()
    {
        using TempFolder folder = new();
        await TestNuGet.PackAsync(folder.File("packed"));
        using FolderFeed feed = new(folder.File("feed"));
        Assert.All(await TestNuGet.PushAsync(folder.File("packed"), feed), static p => Assert.Equal(FeedArrival.Sent, p.Arrival));
        Assert.Equal(Names(folder.File("packed")), Names(folder.File("feed")));
        Assert.Equal(File.ReadAllBytes(folder.File($"packed/{Model}")), File.ReadAllBytes(folder.File($"feed/{Model}")));
        Assert.All(await TestNuGet.PushAsync(folder.File("packed"), feed), static p => Assert.Equal(FeedArrival.There, p.Arrival));
    }

    [Fact]
    public async Task A_tree_stays_a_tree()
    {
        using TempFolder folder = new();
        await TestNuGet.PackAsync(folder.File("packed"));
        Directory.CreateDirectory(folder.File("feed/other/1.0.0"));
        folder.Write("feed/other/1.0.0/other.1.0.0.nupkg.sha512", []);
        using FolderFeed feed = new(folder.File("feed"));
        await TestNuGet.PushAsync(folder.File("packed"), feed);
        string home = folder.File("feed/acme-tiny.q4_k_m/1.2.0");
        Assert.Equal(["acme-tiny.q4_k_m.1.2.0.nupkg", "acme-tiny.q4_k_m.1.2.0.nupkg.sha512", "acme-tiny.q4_k_m.nuspec"], Names(home));
        byte[] bytes = File.ReadAllBytes(folder.File($"packed/{Model}"));
        Assert.Equal(Convert.ToBase64String(SHA512.HashData(bytes)), File.ReadAllText(Path.Combine(home, $"{Model}.sha512")));
        Assert.True(Directory.Exists(folder.File("feed/acme-tiny.q4_k_m.part001/1.2.0")));
    }

    [Fact]
    public async Task A_version_that_is_there_is_not_changed()
    {
        using TempFolder folder = new();
        await TestNuGet.PackAsync(folder.File("packed"));
        Directory.CreateDirectory(folder.File("feed"));
        folder.Write($"feed/{Model}", [1]);
        using FolderFeed feed = new(folder.File("feed"));
        await Assert.ThrowsAsync<RegistryException>(() => TestNuGet.PushAsync(folder.File("packed"), feed));
        Assert.Equal([1], File.ReadAllBytes(folder.File($"feed/{Model}")));
    }

    private static string[] Names(string folder) => [.. Directory.EnumerateFiles(folder).Select(static f => Path.GetFileName(f)).Order(StringComparer.Ordinal)];
}
