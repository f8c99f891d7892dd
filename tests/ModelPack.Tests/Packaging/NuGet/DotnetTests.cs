using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using ModelPack.Packaging.NuGet;
using ModelPack.Packaging.NuGet.Feeds;
using ModelPack.Packaging.Packing;
using ModelPack.Tests.Support;

namespace ModelPack.Tests.Packaging.NuGet;

/// <summary>The real dotnet takes what is packed: it publishes, restores, builds and checks it.</summary>
public sealed class DotnetTests
{
    private const string Id = "acme-tiny.q4_k_m";
    private const string OddName = "notes/a;b %41 $(OutDir) @(x) 'q' & \u00e4.txt";
    private static readonly byte[] Weights = TestPackage.Bytes(5 << 19);

    [Fact]
    public async Task A_model_that_was_pushed_is_joined_and_checked_by_the_build_of_whoever_refers_to_it()
    {
        using TempFolder folder = new();
        using FeedDouble server = new();
        await TestNuGet.PackAsync(folder.Path, Request("1.2.0"));
        await TestNuGet.PackAsync(folder.Path, TestPackage.Request("1.3.0-rc.1", "q4_k_m", ("model.gguf", [1, 2, 3])));
        using (HttpFeed feed = TestNuGet.Feed(server.Index))
        {
            await TestNuGet.PushAsync(folder.Path, feed);
        }

        // The model comes to the application through a library, as it would through a package.
        using DotnetFolder work = new(server.Index);
        work.Project("Library", "", $"<PackageReference Include=\"{Id}\" Version=\"$([MSBuild]::ValueOrDefault('$(ModelVersion)', '1.2.0'))\" />", "public class Library { }");
        work.Project("App", "<OutputType>Exe</OutputType>", "<ProjectReference Include=\"../Library/Library.csproj\" />", "System.Console.WriteLine(\"ran\");");
        string output = await work.SucceedAsync("publish", "App", "-c", "Release", "-o", work.File("out"));
        Assert.Contains($"{Id} 1.2.0 -> ", output, StringComparison.Ordinal);
        string model = work.File($"out/models/{Id}");
        Assert.Equal(Weights, File.ReadAllBytes(Path.Combine(model, "model.gguf")));
        Assert.Equal("odd", File.ReadAllText(Path.Combine(model, OddName)));
        Assert.Equal("", File.ReadAllText(Path.Combine(model, "empty.txt")));
        Assert.Equal("text\n", File.ReadAllText(Path.Combine(model, "LICENSES/Apache-2.0.txt")));
        string built = work.File($"App/bin/Release/net10.0/models/{Id}");
        Assert.Equal(Weights, File.ReadAllBytes(Path.Combine(built, "model.gguf")));

        // Nothing changed: nothing is joined.
        Assert.DoesNotContain($"{Id} 1.2.0 -> ", await work.SucceedAsync("build", "App", "-c", "Release", "--no-restore"), StringComparison.Ordinal);

        // One damaged byte in a part.
        string slice = Directory.EnumerateFiles(Path.Combine(work.Packages, $"{Id}.part002".ToLowerInvariant()), "*.bin", SearchOption.AllDirectories).Single();
        byte[] damaged = File.ReadAllBytes(slice);
        damaged[damaged.Length / 2] ^= 1;
        File.WriteAllBytes(slice, damaged);
        (int code, string refused) = await work.RunAsync("build", "App", "-c", "Release", "--no-restore");
        Assert.NotEqual(0, code);
        Assert.Contains($"error MODELPACK002: {Id} 1.2.0: model.gguf is damaged", refused, StringComparison.Ordinal);
        Assert.DoesNotContain(Directory.EnumerateFiles(built, "*", SearchOption.AllDirectories), static f => f.EndsWith(".partial", StringComparison.Ordinal));

        // Another version: its files alone are there.
        Assert.Contains($"{Id} 1.3.0-rc.1 -> ", await work.SucceedAsync("build", "App", "-c", "Release", "-p:ModelVersion=1.3.0-rc.1"), StringComparison.Ordinal);
        Assert.Equal([1, 2, 3], File.ReadAllBytes(Path.Combine(built, "model.gguf")));
        Assert.False(File.Exists(Path.Combine(built, "empty.txt")));
    }

    [Fact]
    public async Task Dotnet_nuget_push_publishes_the_packages_as_this_tool_does()
    {
        using TempFolder folder = new();
        using FeedDouble server = new() { Key = "k1" };
        await TestNuGet.PackAsync(folder.Path, Request("1.2.0"));
        using DotnetFolder work = new(server.Index);
        await work.SucceedAsync("nuget", "push", folder.File("*.nupkg"), "--source", "test", "--api-key", "k1", "--no-symbols");
        Assert.Equal(Directory.GetFiles(folder.Path).Length, server.Packages.Count);
        Assert.Equal(File.ReadAllBytes(folder.File($"{Id}.Part001.1.2.0.nupkg")), server.Packages[$"{Id}.part001/1.2.0".ToLowerInvariant()]);
        string theirs = server.Log.First(static l => l.StartsWith("PUT", StringComparison.Ordinal));

        using HttpFeed feed = TestNuGet.Feed(server.Index, new() { ApiKey = "k1" });
        Assert.All(await TestNuGet.PushAsync(folder.Path, feed), static p => Assert.Equal(FeedArrival.There, p.Arrival));
        string ours = server.Log.Last(static l => l.StartsWith("PUT", StringComparison.Ordinal));
        Assert.Equal(WithoutLength(theirs), WithoutLength(ours));
    }

    [Fact]
    public async Task A_folder_is_a_feed_that_dotnet_restores_from_flat_or_as_a_tree()
    {
        using TempFolder folder = new();
        using DotnetFolder work = new(folder.File("flat"));
        Directory.CreateDirectory(folder.File("flat/other/1.0.0"));
        Directory.CreateDirectory(folder.File("tree/other/1.0.0"));
        folder.Write("tree/other/1.0.0/other.1.0.0.nupkg.sha512", []);
        foreach ((string name, string version) in ((string, string)[])[("flat", "1.2.0"), ("tree", "1.3.0")])
        {
            await TestNuGet.PackAsync(folder.File($"packed-{name}"), Request(version));
            using (FolderFeed feed = new(folder.File(name)))
            {
                await TestNuGet.PushAsync(folder.File($"packed-{name}"), feed);
            }

            Directory.Delete(folder.File($"{name}/other"), recursive: true);
            work.Project(name, $"<RestoreSources>{folder.File(name)}</RestoreSources>", $"<PackageReference Include=\"{Id}\" Version=\"[{version}]\" />", "");
        }

        File.WriteAllText(work.File("both.slnx"), "<Solution><Project Path=\"flat/flat.csproj\" /><Project Path=\"tree/tree.csproj\" /></Solution>");
        await work.SucceedAsync("restore", "both.slnx");
        Assert.All(["1.2.0", "1.3.0"], version =>
            Assert.NotEmpty(Directory.EnumerateFiles(Path.Combine(work.Packages, $"{Id}.part003".ToLowerInvariant(), version, "part"))));
    }

    [Fact]
    public async Task Dotnet_nuget_sign_takes_the_packages_and_they_still_count_as_the_same()
    {
        using TempFolder folder = new();
        using FeedDouble server = new();
        await TestNuGet.PackAsync(folder.File("packed"), Request("1.2.0"));
        using HttpFeed feed = TestNuGet.Feed(server.Index);
        await TestNuGet.PushAsync(folder.File("packed"), feed);

        using DotnetFolder work = new(server.Index);
        Directory.CreateDirectory(work.File("signed"));
        WriteSigner(work.File("signer.pfx"), "pw");
        await work.SucceedAsync("nuget", "sign", folder.File("packed/*.nupkg"), "--certificate-path", work.File("signer.pfx"), "--certificate-password", "pw", "-o", work.File("signed"));
        string[] signed = Directory.GetFiles(work.File("signed"));
        Assert.Equal(4, signed.Length);
        Assert.All(signed, static f => Assert.True(NuGetArchive.Open(f).IsSigned));
        Assert.Empty((await NuGetVerifier.RunAsync(work.File("signed"), new TestPackage.Silent<long>(), TestContext.Current.CancellationToken)).Findings);

        // As if the feed had signed what it was given.
        foreach (NuGetArchive package in TestNuGet.Open(work.File("signed")))
        {
            server.Packages[$"{package.Identity.Id}/{package.Identity.Version}".ToLowerInvariant()] = File.ReadAllBytes(package.File);
        }

        Assert.All(await TestNuGet.PushAsync(folder.File("packed"), feed), static p => Assert.Equal(FeedArrival.There, p.Arrival));
        Assert.All(await TestNuGet.PushAsync(work.File("signed"), feed), static p => Assert.Equal(FeedArrival.There, p.Arrival));
    }

    private static void WriteSigner(string path, string password)
    {
        using RSA key = RSA.Create(2048);
        CertificateRequest request = new("CN=test", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new("1.3.6.1.5.5.7.3.3", "code signing")], critical: false));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.DigitalSignature | X509KeyUsageFlags.KeyCertSign, critical: true));
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(certificateAuthority: true, hasPathLengthConstraint: false, 0, critical: true));
        using X509Certificate2 certificate = request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(2));
        File.WriteAllBytes(path, certificate.Export(X509ContentType.Pkcs12, password));
    }

    private static string WithoutLength(string line) => System.Text.RegularExpressions.Regex.Replace(line, " length=[0-9]*", "");

    private static PackageRequest Request(string version) => TestPackage.Request(
        version, "q4_k_m", ("model.gguf", Weights), (OddName, TestPackage.Text("odd")), ("empty.txt", []), ("LICENSES/Apache-2.0.txt", TestPackage.Text("text\n")));
}
