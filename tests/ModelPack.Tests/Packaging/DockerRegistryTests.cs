using System.Text.Json;
using ModelPack.Packaging.Layouts;
using ModelPack.Packaging.Oci;
using ModelPack.Packaging.Packing;
using ModelPack.Packaging.Registries;
using ModelPack.Packaging.Transfers;
using ModelPack.Tests.Support;

namespace ModelPack.Tests.Packaging;

/// <summary>Against the real registry and skopeo; every test is skipped where they are not installed.</summary>
public sealed class DockerRegistryTests
{
    // bcrypt of "s3cret"
    private const string Password = "ci:$2b$05$abcdefghijklmnopqrstuuLK7U1u6pVRmL7L1BBM2aS35PSZnDXlK";
    private static readonly byte[] Weights = TestPackage.Bytes(500_000);

    [Fact]
    public async Task What_is_pushed_comes_back_and_a_second_push_sends_nothing()
    {
        using DockerRegistry registry = await DockerRegistry.StartAsync();
        using TempFolder folder = new();
        PackageResult package = await PackAsync(folder);
        using RegistryStore store = TestPackage.Registry(registry.Host, "team/tiny");
        TransferResult first = await TestPackage.PushAsync(folder.File("layout"), store, "1.2.0_b1");
        TransferResult second = await TestPackage.PushAsync(folder.File("layout"), store, "1.2.0_b1");
        Assert.Equal((5, 0, 0, 5), (first.Sent, first.Skipped, second.Sent, second.Skipped));
        Assert.Equal(["1.2.0_b1", "1.2.0_b1-q4_k_m", "1.2.0_b1-q8_0"], (await store.TagsAsync(TestContext.Current.CancellationToken)).Order());
        Assert.Equal(package.Index.Digest, first.Digest);

        await TestPackage.PullAsync(store, "1.2.0_b1", folder.File("out"), "q8_0");
        Assert.Equal(Weights, File.ReadAllBytes(folder.File("out/model.gguf")));
        Assert.Equal("# tiny", File.ReadAllText(folder.File("out/docs/README.md")));
        await TestPackage.PullAsync(store, package.Manifest.Digest.ToString(), folder.File("out2"), null, "docs/*");
        Assert.Equal(["README.md"], Directory.EnumerateFiles(folder.File("out2/docs")).Select(Path.GetFileName));
    }

    [Fact]
    public async Task What_comes_in_ranges_or_over_one_connection_is_the_same()
    {
        using DockerRegistry registry = await DockerRegistry.StartAsync();
        using TempFolder folder = new();
        PackageResult package = await PackAsync(folder);
        RegistryOptions options = TestPackage.Options() with { RangeBytes = 60_000 };
        using RegistryStore fast = TestPackage.Registry(registry.Host, "team/tiny", options with { FastBytesPerSecond = 0 });
        using RegistryStore slow = TestPackage.Registry(registry.Host, "team/tiny", options with { FastBytesPerSecond = long.MaxValue });
        await TestPackage.PushAsync(folder.File("layout"), fast, "1.2.0_b1");
        await TestPackage.PullAsync(fast, "1.2.0_b1", folder.File("one"), "q8_0");
        await TestPackage.PullAsync(slow, "1.2.0_b1", folder.File("ranges"), "q8_0");
        Assert.Equal(Weights, File.ReadAllBytes(folder.File("one/model.gguf")));
        Assert.Equal(Weights, File.ReadAllBytes(folder.File("ranges/model.gguf")));

        // The registry does give parts: the pull has not fallen back to one connection.
        Descriptor blob = package.Manifest.Layers.Single(static l => l.Digest == Digest.Of(Weights));
        using Stream part = Assert.IsAssignableFrom<Stream>(await slow.OpenRangeAsync(blob, 60_000, 60_000, TestContext.Current.CancellationToken));
        byte[] bytes = new byte[60_000];
        await part.ReadExactlyAsync(bytes, TestContext.Current.CancellationToken);
        Assert.Equal(Weights.AsSpan(60_000, 60_000).ToArray(), bytes);
    }

    [Fact]
    public async Task Skopeo_reads_what_we_push_and_we_read_what_skopeo_pushes()
    {
        using DockerRegistry registry = await DockerRegistry.StartAsync();
        using TempFolder folder = new();
        PackageResult package = await PackAsync(folder);
        using RegistryStore store = TestPackage.Registry(registry.Host, "team/tiny");
        await TestPackage.PushAsync(folder.File("layout"), store, "1.2.0_b1");

        string raw = await ExternalProgram.RunAsync("skopeo", "inspect", "--raw", "--tls-verify=false", $"docker://{registry.Host}/team/tiny:1.2.0_b1-q8_0");
        Assert.Equal(package.Manifest.Digest, Digest.Of(TestPackage.Text(raw)));
        await ExternalProgram.RunAsync("skopeo", "copy", "--src-tls-verify=false", $"docker://{registry.Host}/team/tiny:1.2.0_b1-q8_0", $"oci:{folder.File("theirs")}:x");
        using (JsonDocument index = JsonDocument.Parse(File.ReadAllBytes(folder.File("theirs/index.json"))))
        {
            Assert.Equal(package.Manifest.Digest.ToString(), index.RootElement.GetProperty("manifests")[0].GetProperty("digest").GetString());
        }

        foreach (Descriptor blob in package.Manifest.Blobs)
        {
            Assert.Equal(blob.Digest, Digest.Of(File.ReadAllBytes(folder.File($"theirs/blobs/sha256/{blob.Digest.Hex}"))));
        }

        await ExternalProgram.RunAsync("skopeo", "copy", "--dest-tls-verify=false", $"oci:{folder.File("layout")}:1.2.0_b1-q8_0", $"docker://{registry.Host}/other/tiny:9.0.0");
        using RegistryStore other = TestPackage.Registry(registry.Host, "other/tiny");
        Assert.Equal(package.Manifest.Digest, (await other.GetAsync("9.0.0", TestContext.Current.CancellationToken)).Digest);
        await TestPackage.PullAsync(other, "9.0.0", folder.File("out"));
        Assert.Equal(Weights, File.ReadAllBytes(folder.File("out/model.gguf")));
    }

    [Fact]
    public async Task Umoci_lists_the_tags_of_a_layout()
    {
        using TempFolder folder = new();
        await PackAsync(folder);
        string listed = await ExternalProgram.RunAsync("umoci", "ls", "--layout", folder.File("layout"));
        Assert.Equal(["1.2.0_b1", "1.2.0_b1-q4_k_m", "1.2.0_b1-q8_0"], listed.Split('\n', StringSplitOptions.RemoveEmptyEntries).Order());
    }

    [Fact]
    public async Task A_copy_to_another_registry_and_back_to_a_layout_keeps_every_digest()
    {
        using DockerRegistry first = await DockerRegistry.StartAsync();
        using DockerRegistry second = await DockerRegistry.StartAsync();
        using TempFolder folder = new();
        PackageResult package = await PackAsync(folder);
        CancellationToken cancel = TestContext.Current.CancellationToken;
        using RegistryStore from = TestPackage.Registry(first.Host, "a");
        using RegistryStore to = TestPackage.Registry(second.Host, "b/c", TestPackage.Options(chunk: 100_000));
        await TestPackage.PushAsync(folder.File("layout"), from, "1.2.0_b1");
        OciManifest root = await from.GetAsync("1.2.0_b1", cancel);
        await new PackageTransfer(from, to, force: false).RunAsync(root, ["1.2.0_b1"], new TestPackage.Silent<TransferProgress>(), cancel);
        using LayoutStore back = LayoutStore.OpenOrCreate(folder.File("back"));
        await new PackageTransfer(to, back, force: false).RunAsync(await to.GetAsync("1.2.0_b1", cancel), ["1.2.0_b1"], new TestPackage.Silent<TransferProgress>(), cancel);
        Assert.Equal(package.Index.Digest, (await back.GetAsync("1.2.0_b1", cancel)).Digest);
        Assert.Equal(File.ReadAllBytes(folder.File("layout/index.json")), File.ReadAllBytes(folder.File("back/index.json")));
        Assert.Equal(Weights, File.ReadAllBytes(back.BlobPath(Digest.Of(Weights))));
    }

    [Fact]
    public async Task Another_repository_of_the_registry_lends_its_blobs()
    {
        using DockerRegistry registry = await DockerRegistry.StartAsync();
        using TempFolder folder = new();
        await PackAsync(folder);
        using RegistryStore first = TestPackage.Registry(registry.Host, "team/tiny");
        await TestPackage.PushAsync(folder.File("layout"), first, "1.2.0_b1");
        using RegistryStore second = TestPackage.Registry(registry.Host, "team/fork", TestPackage.Options() with { MountFrom = "team/tiny" });
        TransferResult result = await TestPackage.PushAsync(folder.File("layout"), second, "1.2.0_b1");
        Assert.Equal((0, 5), (result.Sent, result.Mounted));
        await TestPackage.PullAsync(second, "1.2.0_b1", folder.File("out"), "q8_0");
        Assert.Equal(Weights, File.ReadAllBytes(folder.File("out/model.gguf")));
    }

    [Fact]
    public async Task A_connection_that_breaks_in_a_chunk_ends_in_the_right_package()
    {
        using DockerRegistry registry = await DockerRegistry.StartAsync();
        using CuttingProxy proxy = new(registry.Port, cutAfter: 180_000);
        using TempFolder folder = new();
        await PackAsync(folder);
        using (RegistryStore store = TestPackage.Registry(proxy.Host, "a", TestPackage.Options(chunk: 60_000)))
        {
            await TestPackage.PushAsync(folder.File("layout"), store, "1.2.0_b1");
        }

        Assert.True(proxy.Cuts > 0);
        using RegistryStore direct = TestPackage.Registry(registry.Host, "a");
        await TestPackage.PullAsync(direct, "1.2.0_b1", folder.File("out"), "q8_0");
        Assert.Equal(Weights, File.ReadAllBytes(folder.File("out/model.gguf")));
    }

    [Fact]
    public async Task Tls_with_an_own_authority_and_a_password_work_together()
    {
        using TempFolder folder = new();
        using TestCertificate certificate = new();
        certificate.Write(folder.File("tls.crt"), folder.File("tls.key"));
        File.WriteAllText(folder.File("htpasswd"), Password + "\n");
        using DockerRegistry registry = await DockerRegistry.StartAsync(
            $$""", tls: {certificate: "{{folder.File("tls.crt")}}", key: "{{folder.File("tls.key")}}"}""",
            $$$"""auth: {htpasswd: {realm: test, path: "{{{folder.File("htpasswd")}}}"}}""");
        await PackAsync(folder);
        RegistryOptions options = TestPackage.Options() with { CaFile = folder.File("tls.crt"), Credentials = TestPackage.Login(folder, registry.Host, "ci:s3cret"), Retries = 1 };
        using (RegistryStore store = TestPackage.Registry(registry.Host, "a", options))
        {
            await TestPackage.PushAsync(folder.File("layout"), store, "1.2.0_b1");
        }

        using (RegistryStore nobody = TestPackage.Registry(registry.Host, "a", options with { Credentials = null }))
        {
            RegistryException refused = await Assert.ThrowsAsync<RegistryException>(() => nobody.FindAsync("1.2.0_b1", TestContext.Current.CancellationToken));
            Assert.Contains("401", refused.Message, StringComparison.Ordinal);
        }

        using (RegistryStore wrong = TestPackage.Registry(registry.Host, "a", options with { Credentials = TestPackage.Login(folder, registry.Host, "ci:wr0ng") }))
        {
            RegistryException refused = await Assert.ThrowsAsync<RegistryException>(() => wrong.FindAsync("1.2.0_b1", TestContext.Current.CancellationToken));
            Assert.DoesNotContain("wr0ng", refused.ToString(), StringComparison.Ordinal);
        }

        using TestCertificate stranger = new();
        stranger.Write(folder.File("other.crt"), folder.File("other.key"));
        using RegistryStore distrusted = TestPackage.Registry(registry.Host, "a", options with { CaFile = folder.File("other.crt") });
        await Assert.ThrowsAsync<RegistryException>(() => distrusted.FindAsync("1.2.0_b1", TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task Bearer_tokens_let_a_user_push_and_anyone_pull()
    {
        using TempFolder folder = new();
        using TestCertificate certificate = new();
        certificate.Write(folder.File("iss.crt"), folder.File("iss.key"));
        using TokenServer tokens = new(certificate, "ci:s3cret");
        using DockerRegistry registry = await DockerRegistry.StartAsync(
            "", $$$"""auth: {token: {realm: "{{{tokens.Realm}}}", service: {{{TokenServer.Service}}}, issuer: {{{TokenServer.Issuer}}}, rootcertbundle: "{{{folder.File("iss.crt")}}}"}}""");
        await PackAsync(folder);
        RegistryOptions options = TestPackage.Options() with { Credentials = TestPackage.Login(folder, registry.Host, "ci:s3cret") };
        using (RegistryStore nobody = TestPackage.Registry(registry.Host, "a"))
        {
            await Assert.ThrowsAsync<RegistryException>(() => TestPackage.PushAsync(folder.File("layout"), nobody, "1.2.0_b1"));
        }

        using (RegistryStore store = TestPackage.Registry(registry.Host, "a", options))
        {
            await TestPackage.PushAsync(folder.File("layout"), store, "1.2.0_b1");
        }

        // A mount needs the right to pull from the other repository in the same token.
        using (RegistryStore fork = TestPackage.Registry(registry.Host, "b", options with { MountFrom = "a" }))
        {
            Assert.Equal(5, (await TestPackage.PushAsync(folder.File("layout"), fork, "1.2.0_b1")).Mounted);
        }

        using RegistryStore anyone = TestPackage.Registry(registry.Host, "a");
        await TestPackage.PullAsync(anyone, "1.2.0_b1", folder.File("out"), "q8_0");
        Assert.Equal(Weights, File.ReadAllBytes(folder.File("out/model.gguf")));
    }

    private static async Task<PackageResult> PackAsync(TempFolder folder)
    {
        await TestPackage.PackAsync(folder.File("layout"), "1.2.0+b1", "q4_k_m", ("model.gguf", TestPackage.Bytes(300_000, 4)), ("docs/README.md", TestPackage.Text("# tiny")));
        return await TestPackage.PackAsync(folder.File("layout"), "1.2.0+b1", "q8_0", ("model.gguf", Weights), ("docs/README.md", TestPackage.Text("# tiny")));
    }
}
