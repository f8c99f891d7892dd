using System.Net;
using ModelPack.Models;
using ModelPack.Packaging;
using ModelPack.Packaging.Packing;
using ModelPack.Packaging.Registries;
using ModelPack.Packaging.Transfers;
using ModelPack.Tests.Support;

namespace ModelPack.Tests.Packaging;

public sealed class PushTests
{
    private const int Chunk = 1 << 16;
    private static readonly byte[] Weights = TestPackage.Bytes((3 * Chunk) + 1000);
    private static readonly string WeightsDigest = RegistryDouble.DigestOf(Weights);

    [Fact]
    public async Task A_large_blob_goes_in_chunks_and_the_tag_comes_last()
    {
        using TempFolder folder = await LayoutAsync();
        using RegistryDouble registry = new();
        using RegistryStore store = TestPackage.Registry(registry.Host, "a");
        TransferResult result = await TestPackage.PushAsync(folder.File("layout"), store, "1.0.0");
        Assert.Equal(Weights, registry.Blobs[WeightsDigest]);
        Assert.Equal(["0-65535", "65536-131071", "131072-196607", "196608-197607"], registry.Log.Where(static l => l.StartsWith("PATCH", StringComparison.Ordinal)).Select(static l => l.Split(' ')[2]));
        Assert.Equal(["PUT /v2/a/manifests/1.0.0-q4", "PUT /v2/a/manifests/1.0.0"], registry.Log.TakeLast(4).Where(static l => l.StartsWith("PUT", StringComparison.Ordinal)));
        Assert.Equal((3, 0, 3), (result.Sent, result.Skipped, registry.Blobs.Count));
        Assert.False(Directory.Exists(folder.File("uploads")));
    }

    [Theory]
    [InlineData(HttpStatusCode.TooManyRequests)]
    [InlineData(HttpStatusCode.ServiceUnavailable)]
    [InlineData(HttpStatusCode.BadGateway)]
    public async Task A_registry_that_is_busy_is_asked_again(HttpStatusCode status)
    {
        using TempFolder folder = await LayoutAsync();
        using RegistryDouble registry = new();
        Dictionary<string, int> refused = [];
        registry.Fault = context =>
        {
            lock (refused)
            {
                string method = context.Request.HttpMethod;
                refused[method] = refused.GetValueOrDefault(method) + 1;
                return refused[method] <= 2 && RegistryDouble.Answer(context, (int)status, ("Retry-After", "0"));
            }
        };
        using RegistryStore store = TestPackage.Registry(registry.Host, "a");
        await TestPackage.PushAsync(folder.File("layout"), store, "1.0.0");
        Assert.Equal(Weights, registry.Blobs[WeightsDigest]);
        Assert.True(registry.Manifests.ContainsKey("1.0.0"));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_connection_that_is_cut_in_a_chunk_loses_nothing(bool forgets)
    {
        using TempFolder folder = await LayoutAsync();
        using RegistryDouble registry = new();
        using CuttingProxy proxy = new(int.Parse(registry.Host.Split(':')[1]), cutAfter: 30_000) { OnCut = forgets ? registry.Uploads.Clear : static () => { } };
        using RegistryStore store = TestPackage.Registry(proxy.Host, "a");
        await TestPackage.PushAsync(folder.File("layout"), store, "1.0.0");
        Assert.Equal(1, proxy.Cuts);
        Assert.Equal(Weights, registry.Blobs[WeightsDigest]);
        Assert.True(registry.Manifests.ContainsKey("1.0.0"));
    }

    [Fact]
    public async Task A_push_that_ended_goes_on_after_its_last_whole_chunk()
    {
        using TempFolder folder = await LayoutAsync();
        using RegistryDouble registry = new();
        RegistryOptions options = TestPackage.Options(Chunk) with { UploadFolder = folder.File("uploads"), Retries = 1 };
        registry.Fault = static context => context.Request.Headers["Content-Range"] is { } range && !range.StartsWith("0-", StringComparison.Ordinal) && RegistryDouble.Answer(context, 403);
        using (RegistryStore store = TestPackage.Registry(registry.Host, "a", options))
        {
            await Assert.ThrowsAsync<RegistryException>(() => TestPackage.PushAsync(folder.File("layout"), store, "1.0.0"));
        }

        Assert.False(registry.Manifests.ContainsKey("1.0.0"));
        string note = Assert.Single(Directory.EnumerateFiles(folder.File("uploads")));
        Assert.DoesNotContain("s3cret", File.ReadAllText(note), StringComparison.Ordinal);
        registry.Fault = static _ => false;
        registry.Log.Clear();
        using (RegistryStore store = TestPackage.Registry(registry.Host, "a", options))
        {
            await TestPackage.PushAsync(folder.File("layout"), store, "1.0.0");
        }

        Assert.Equal("65536-131071", registry.Log.First(static l => l.StartsWith("PATCH", StringComparison.Ordinal)).Split(' ')[2]);
        Assert.Equal(Weights, registry.Blobs[WeightsDigest]);
        Assert.False(Directory.Exists(folder.File("uploads")));
    }

    [Fact]
    public async Task A_push_that_was_killed_and_is_repeated_ends_with_the_right_package()
    {
        using TempFolder folder = await LayoutAsync();
        using RegistryDouble registry = new();
        using ManualResetEventSlim reached = new();
        using ManualResetEventSlim release = new();
        registry.Fault = context =>
        {
            if (context.Request.Headers["Content-Range"]?.StartsWith("131072-", StringComparison.Ordinal) is true)
            {
                reached.Set();
                release.Wait(TimeSpan.FromSeconds(60));
            }

            return false;
        };
        string[] line = ["push", folder.File("layout"), $"oci://{registry.Host}/a:1.0.0", "--chunk-size", "64KiB"];
        using (ToolProcess tool = ToolProcess.Start(line))
        {
            Assert.True(reached.Wait(TimeSpan.FromSeconds(60), TestContext.Current.CancellationToken), tool.Error);
            tool.Kill();
        }

        Assert.Empty(registry.Manifests);
        registry.Fault = static _ => false;
        registry.Log.Clear();
        await Tool.SucceedAsync(line);
        release.Set();
        Assert.Equal(Weights, registry.Blobs[WeightsDigest]);
        Assert.DoesNotContain(registry.Log, static l => l.StartsWith("PATCH", StringComparison.Ordinal) && l.EndsWith(" 0-65535", StringComparison.Ordinal));
        await Tool.SucceedAsync("verify", folder.File("layout"));
    }

    [Theory]
    [InlineData(416)]
    [InlineData(413)]
    [InlineData(405)]
    public async Task A_registry_that_takes_no_chunks_gets_the_blob_whole(int status)
    {
        using TempFolder folder = await LayoutAsync();
        using RegistryDouble registry = new();
        registry.Fault = context => context.Request.HttpMethod == "PATCH" && RegistryDouble.Answer(context, status);
        using RegistryStore store = TestPackage.Registry(registry.Host, "a");
        await TestPackage.PushAsync(folder.File("layout"), store, "1.0.0");
        Assert.Equal(Weights, registry.Blobs[WeightsDigest]);
        Assert.Single(registry.Log, static l => l.StartsWith("PATCH", StringComparison.Ordinal));
    }

    [Fact]
    public async Task An_upload_whose_start_is_not_the_blobs_is_sent_anew()
    {
        using TempFolder folder = await LayoutAsync();
        using RegistryDouble registry = new();
        RegistryOptions options = TestPackage.Options(Chunk) with { UploadFolder = folder.File("uploads") };
        registry.Uploads["odd"] = new();
        registry.Uploads["odd"].Write(TestPackage.Bytes(Chunk, 7));
        using RegistryStore store = TestPackage.Registry(registry.Host, "a", options);
        new UploadJournal(folder.File("uploads"), store.Name).Note(ModelPack.Packaging.Oci.Digest.Of(Weights), new($"http://{registry.Host}/v2/a/blobs/uploads/odd"));
        await TestPackage.PushAsync(folder.File("layout"), store, "1.0.0");
        Assert.Equal(Weights, registry.Blobs[WeightsDigest]);
    }

    [Fact]
    public async Task A_registry_that_lies_about_the_range_gets_no_manifest()
    {
        using TempFolder folder = await LayoutAsync();
        using RegistryDouble registry = new();
        registry.Fault = static context => context.Request.HttpMethod == "PATCH"
            && RegistryDouble.Answer(context, 202, ("Location", context.Request.Url!.AbsolutePath), ("Range", "0-999"));
        using RegistryStore store = TestPackage.Registry(registry.Host, "a");
        RegistryException fault = await Assert.ThrowsAsync<RegistryException>(() => TestPackage.PushAsync(folder.File("layout"), store, "1.0.0"));
        Assert.Contains("says that it has 1000 bytes after 65536 were sent", fault.Message, StringComparison.Ordinal);
        Assert.Empty(registry.Manifests);
    }

    [Fact]
    public async Task A_registry_that_says_another_digest_is_not_believed()
    {
        using TempFolder folder = await LayoutAsync();
        using RegistryDouble registry = new();
        registry.Fault = static context => context.Request.HttpMethod == "PUT" && context.Request.RawUrl!.Contains("/manifests/", StringComparison.Ordinal)
            && RegistryDouble.Answer(context, 201, ("Docker-Content-Digest", RegistryDouble.DigestOf([1])));
        using RegistryStore store = TestPackage.Registry(registry.Host, "a");
        await Assert.ThrowsAsync<InvalidPackageException>(() => TestPackage.PushAsync(folder.File("layout"), store, "1.0.0"));
    }

    [Fact]
    public async Task A_registry_that_sends_another_manifest_than_the_digest_is_not_believed()
    {
        using TempFolder folder = await LayoutAsync();
        using RegistryDouble registry = new();
        using RegistryStore store = TestPackage.Registry(registry.Host, "a");
        await TestPackage.PushAsync(folder.File("layout"), store, "1.0.0");
        string digest = RegistryDouble.DigestOf(registry.Manifests["1.0.0"].Bytes);
        registry.Manifests[digest] = registry.Manifests["1.0.0-q4"];
        await Assert.ThrowsAsync<InvalidPackageException>(() => store.FindAsync(digest, TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task A_layout_that_was_changed_is_refused_by_its_digest()
    {
        using TempFolder folder = await LayoutAsync();
        string blob = folder.File($"layout/blobs/sha256/{WeightsDigest["sha256:".Length..]}");
        byte[] bytes = File.ReadAllBytes(blob);
        bytes[^1] ^= 1;
        File.WriteAllBytes(blob, bytes);
        using RegistryDouble registry = new();
        using RegistryStore store = TestPackage.Registry(registry.Host, "a");
        await Assert.ThrowsAsync<RegistryException>(() => TestPackage.PushAsync(folder.File("layout"), store, "1.0.0"));
        Assert.Empty(registry.Manifests);
    }

    [Fact]
    public async Task A_release_never_changes_and_a_channel_moves_forward_only()
    {
        using TempFolder folder = new();
        using RegistryDouble registry = new();
        using RegistryStore store = TestPackage.Registry(registry.Host, "a");
        foreach (string version in (string[])["1.2.0", "1.10.0", "2.0.0"])
        {
            await TestPackage.PackAsync(folder.File(version), version, null, ("model.gguf", TestPackage.Text(version)));
        }

        await TestPackage.PackAsync(folder.File("other"), "1.2.0", null, ("model.gguf", TestPackage.Text("other")));
        await TestPackage.PushAsync(folder.File("1.2.0"), store, "1.2.0");
        await TestPackage.PushAsync(folder.File("1.2.0"), store, "1.2.0");
        byte[] before = registry.Manifests["1.2.0"].Bytes;
        ModelPackException fault = await Assert.ThrowsAsync<ModelPackException>(() => TestPackage.PushAsync(folder.File("other"), store, "1.2.0"));
        Assert.Contains("released with other content", fault.Message, StringComparison.Ordinal);
        Assert.Equal(before, registry.Manifests["1.2.0"].Bytes);

        await TestPackage.PushAsync(folder.File("1.10.0"), store, "1.10.0", "latest");
        byte[] latest = registry.Manifests["latest"].Bytes;
        await Assert.ThrowsAsync<ModelPackException>(() => TestPackage.PushAsync(folder.File("1.2.0"), store, "1.2.0", "latest"));
        Assert.Equal(latest, registry.Manifests["latest"].Bytes);
        await TestPackage.PushAsync(folder.File("2.0.0"), store, "2.0.0", "latest");
        Assert.NotEqual(latest, registry.Manifests["latest"].Bytes);
        await Assert.ThrowsAsync<ModelPackException>(() => TestPackage.PushAsync(folder.File("2.0.0"), store, "2.0.0", "1"));
        Assert.False(registry.Manifests.ContainsKey("1"));

        await TestPackage.PushAsync(folder.File("other"), store, "1.2.0", force: true);
        Assert.NotEqual(before, registry.Manifests["1.2.0"].Bytes);
    }

    [Fact]
    public async Task Nothing_is_sent_before_the_tags_are_known_to_be_free()
    {
        using TempFolder folder = await LayoutAsync();
        using RegistryDouble registry = new();
        using RegistryStore store = TestPackage.Registry(registry.Host, "a");
        await TestPackage.PackAsync(folder.File("old"), "1.0.0", "q4", ("model.gguf", [1]));
        await TestPackage.PushAsync(folder.File("old"), store, "1.0.0");
        registry.Log.Clear();
        await Assert.ThrowsAsync<ModelPackException>(() => TestPackage.PushAsync(folder.File("layout"), store, "1.0.0"));
        Assert.DoesNotContain(registry.Log, static l => !l.StartsWith("GET", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_tag_that_someone_sets_during_the_push_is_not_taken_over()
    {
        using TempFolder folder = await LayoutAsync();
        using RegistryDouble registry = new();
        await TestPackage.PackAsync(folder.File("other"), "1.0.0", null, ("model.gguf", [1]));
        using (RegistryStore theirs = TestPackage.Registry(registry.Host, "a"))
        {
            await TestPackage.PushAsync(folder.File("other"), theirs, "1.0.0");
        }

        (byte[] Bytes, string Type) other = registry.Manifests["1.0.0"];
        registry.Manifests.TryRemove("1.0.0", out _);
        registry.Fault = context =>
        {
            if (context.Request.HttpMethod == "PATCH")
            {
                registry.Manifests["1.0.0"] = other;
            }

            return false;
        };
        using RegistryStore store = TestPackage.Registry(registry.Host, "a");
        ModelPackException fault = await Assert.ThrowsAsync<ModelPackException>(() => TestPackage.PushAsync(folder.File("layout"), store, "1.0.0"));
        Assert.Contains("released with other content", fault.Message, StringComparison.Ordinal);
        Assert.Equal(other.Bytes, registry.Manifests["1.0.0"].Bytes);
    }

    [Fact]
    public async Task A_repeated_push_asks_and_writes_nothing()
    {
        using TempFolder folder = await LayoutAsync();
        using RegistryDouble registry = new();
        using RegistryStore store = TestPackage.Registry(registry.Host, "a");
        await TestPackage.PushAsync(folder.File("layout"), store, "1.0.0");
        registry.Log.Clear();
        TransferResult again = await TestPackage.PushAsync(folder.File("layout"), store, "1.0.0");
        Assert.Equal((0, 3), (again.Sent, again.Skipped));
        Assert.Equal(2, again.Tags.Count);
        Assert.All(registry.Log, static l => Assert.True(l.StartsWith("GET", StringComparison.Ordinal) || l.StartsWith("HEAD", StringComparison.Ordinal), l));

        registry.Blobs.TryRemove(WeightsDigest, out _);
        Assert.Equal(1, (await TestPackage.PushAsync(folder.File("layout"), store, "1.0.0")).Sent);
        Assert.Equal(Weights, registry.Blobs[WeightsDigest]);
    }

    [Fact]
    public async Task A_token_that_ends_in_mid_upload_is_renewed_for_the_chunk()
    {
        using TempFolder folder = await LayoutAsync();
        using RegistryDouble registry = new();
        using TestCertificate certificate = new();
        using TokenServer tokens = new(certificate, "ci:s3cret");
        HashSet<string> dead = [];
        string? current = null;
        int chunks = 0;
        registry.Fault = context =>
        {
            lock (dead)
            {
                string? sent = context.Request.Headers["Authorization"];
                if (context.Request.HttpMethod == "PATCH" && Interlocked.Increment(ref chunks) == 3 && sent is not null)
                {
                    dead.Add(sent);
                }

                current = sent;
                return (sent is null || dead.Contains(sent)) && RegistryDouble.Answer(context, 401, ("WWW-Authenticate", $"Bearer realm=\"{tokens.Realm}\",service=\"{TokenServer.Service}\",scope=\"repository:a:pull,push\""));
            }
        };
        using RegistryStore store = TestPackage.Registry(registry.Host, "a");
        await TestPackage.PushAsync(folder.File("layout"), store, "1.0.0");
        Assert.Equal(Weights, registry.Blobs[WeightsDigest]);
        Assert.NotEmpty(dead);
        Assert.StartsWith("Bearer ", current, StringComparison.Ordinal);
        Assert.True(tokens.Given >= 2);
    }

    [Fact]
    public async Task A_password_is_not_sent_to_a_token_server_of_another_domain()
    {
        using TempFolder folder = new();
        using RegistryDouble registry = new();
        registry.Fault = static context => RegistryDouble.Answer(context, 401, ("WWW-Authenticate", "Bearer realm=\"https://tokens.invalid/t\",service=\"x\""));
        using RegistryStore store = TestPackage.Registry(registry.Host, "a", TestPackage.Options() with { Credentials = TestPackage.Login(folder, registry.Host, "ci:s3cret") });
        RegistryException fault = await Assert.ThrowsAsync<RegistryException>(() => store.FindAsync("1.0.0", TestContext.Current.CancellationToken));
        Assert.Contains("tokens.invalid, which is of another domain", fault.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("s3cret", fault.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_password_does_not_follow_a_redirect_to_another_host()
    {
        using TempFolder folder = new();
        using RegistryDouble registry = new();
        using RegistryDouble elsewhere = new();
        byte[] bytes = TestPackage.Bytes(1000);
        elsewhere.Blobs[RegistryDouble.DigestOf(bytes)] = bytes;
        List<string?> seen = [];
        elsewhere.Fault = context =>
        {
            seen.Add(context.Request.Headers["Authorization"]);
            return false;
        };
        registry.Fault = context => context.Request.Headers["Authorization"] is null
            ? RegistryDouble.Answer(context, 401, ("WWW-Authenticate", "Basic realm=\"x\""))
            : RegistryDouble.Answer(context, 307, ("Location", $"http://{elsewhere.Host}{context.Request.RawUrl}"));
        using RegistryStore store = TestPackage.Registry(registry.Host, "a", TestPackage.Options() with { Credentials = TestPackage.Login(folder, registry.Host, "ci:s3cret") });
        await using Stream stream = await store.OpenBlobAsync(new("", ModelPack.Packaging.Oci.Digest.Of(bytes), bytes.Length), 0, TestContext.Current.CancellationToken);
        byte[] got = new byte[bytes.Length];
        await stream.ReadExactlyAsync(got, TestContext.Current.CancellationToken);
        Assert.Equal(bytes, got);
        Assert.Equal([null], seen);
    }

    [Fact]
    public async Task Plain_http_goes_to_this_machine_only()
    {
        using RegistryDouble registry = new();
        registry.Fault = static context => RegistryDouble.Answer(context, 307, ("Location", "http://registry.invalid/v2/a/manifests/1.0.0"));
        using RegistryStore store = TestPackage.Registry(registry.Host, "a");
        RegistryException fault = await Assert.ThrowsAsync<RegistryException>(() => store.FindAsync("1.0.0", TestContext.Current.CancellationToken));
        Assert.Contains("expected https", fault.Message, StringComparison.Ordinal);
        Assert.Equal("https", RegistryReference.Parse("oci://registry.invalid/a").Address(plain: false).Scheme);
    }

    private static async Task<TempFolder> LayoutAsync()
    {
        TempFolder folder = new();
        PackageResult package = await TestPackage.PackAsync(folder.File("layout"), "1.0.0", "q4", ("model.gguf", Weights), ("README.md", TestPackage.Text("# tiny")));
        Assert.Equal(WeightsDigest, package.Manifest.Layers[1].Digest.ToString());
        return folder;
    }
}
