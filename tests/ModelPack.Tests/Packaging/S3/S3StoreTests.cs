using ModelPack.Cli;
using ModelPack.Models;
using ModelPack.Packaging;
using ModelPack.Packaging.Layouts;
using ModelPack.Packaging.Oci;
using ModelPack.Packaging.Packing;
using ModelPack.Packaging.S3;
using ModelPack.Packaging.Transfers;
using ModelPack.Tests.Support;

namespace ModelPack.Tests.Packaging.S3;

public sealed class S3StoreTests(S3Server server) : IClassFixture<S3Server>
{
    private const int Large = (20 << 20) + 7;

    [Fact]
    public async Task A_pushed_package_lies_in_the_bucket_as_in_a_folder_and_comes_back()
    {
        string bucket = await server.BucketAsync();
        using TempFolder folder = new();
        byte[] weights = TestPackage.Bytes(Large);
        PackageResult package = await TestPackage.PackAsync(folder.File("layout"), "1.2.0+b1", "q8_0", ("model.gguf", weights), ("docs/README.md", TestPackage.Text("# tiny")));
        using S3Store store = Open(bucket, "models/tiny");
        TransferResult first = await TestPackage.PushAsync(folder.File("layout"), store, "1.2.0_b1");
        TransferResult second = await TestPackage.PushAsync(folder.File("layout"), store, "1.2.0_b1");
        Assert.Equal((3, 0, 0, 3), (first.Sent, first.Skipped, second.Sent, second.Skipped));
        foreach (string file in Directory.EnumerateFiles(folder.File("layout"), "*", SearchOption.AllDirectories).Where(static f => !Path.GetFileName(f).StartsWith('.')))
        {
            string key = Path.GetRelativePath(folder.File("layout"), file).Replace('\\', '/');
            Assert.Equal(File.ReadAllBytes(file), await server.ReadAsync(bucket, $"models/tiny/{key}"));
        }

        Assert.Equal(["1.2.0_b1", "1.2.0_b1-q8_0"], await store.TagsAsync(TestContext.Current.CancellationToken));
        await TestPackage.PullAsync(store, "1.2.0_b1", folder.File("out"), "q8_0");
        Assert.Equal(weights, File.ReadAllBytes(folder.File("out/model.gguf")));
        await TestPackage.PullAsync(store, package.Manifest.Digest.ToString(), folder.File("part"), null, "docs/*");
        Assert.False(File.Exists(folder.File("part/model.gguf")));
    }

    [Fact]
    public async Task A_copy_from_a_bucket_to_a_registry_keeps_the_digest()
    {
        string bucket = await server.BucketAsync();
        using TempFolder folder = new();
        using RegistryDouble registry = new();
        PackageResult package = await TestPackage.PackAsync(folder.File("layout"), "1.0.0", "q4", ("model.gguf", TestPackage.Bytes(100_000)));
        string[] s3 = ["--s3-endpoint", server.Endpoint.AbsoluteUri];
        await Tool.SucceedAsync(["push", folder.File("layout"), $"s3://{bucket}/a:1.0.0", .. s3]);
        await Tool.SucceedAsync(["copy", $"s3://{bucket}/a:1.0.0", $"oci://{registry.Host}/b", .. s3]);
        Assert.Equal(package.Index.Digest.ToString(), RegistryDouble.DigestOf(registry.Manifests["1.0.0"].Bytes));
        Tool tags = await Tool.SucceedAsync(["tags", $"s3://{bucket}/a", .. s3]);
        Assert.Equal("1.0.0\n1.0.0-q4\n", tags.Output.ReplaceLineEndings("\n"));
    }

    [Fact]
    public async Task An_upload_that_ended_early_goes_on_with_the_parts_that_are_there()
    {
        string bucket = await server.BucketAsync();
        using TempFolder folder = new();
        byte[] weights = TestPackage.Bytes(Large);
        PackageResult package = await TestPackage.PackAsync(folder.File("layout"), "1.0.0", null, ("model.gguf", weights));
        Descriptor blob = package.Manifest.Layers[0];
        using LayoutStore layout = LayoutStore.Open(folder.File("layout"));
        using S3Store store = Open(bucket, "a");
        CancellationToken cancel = TestContext.Current.CancellationToken;
        using FailingStore failing = new(layout, goodBytes: 17 << 20);
        await Assert.ThrowsAsync<ModelPackException>(() => store.PutBlobAsync(blob, failing, new TestPackage.Silent<long>(), cancel));
        string key = $"a/blobs/sha256/{blob.Digest.Hex}";
        Assert.Null(await server.ReadAsync(bucket, key));
        string upload = UploadOf(await server.ListAsync(bucket, "?uploads"));
        string parts = await server.ListAsync(bucket, $"/{key}?uploadId={upload}");
        Assert.Contains("<PartNumber>2</PartNumber>", parts, StringComparison.Ordinal);
        Assert.DoesNotContain("<PartNumber>3</PartNumber>", parts, StringComparison.Ordinal);

        await TestPackage.PushAsync(folder.File("layout"), store, "1.0.0");
        Assert.Equal(weights, await server.ReadAsync(bucket, key));
        Assert.DoesNotContain("<UploadId>", await server.ListAsync(bucket, "?uploads"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(1000)]
    [InlineData(Large)]
    public async Task A_layout_that_was_changed_gets_no_name_in_the_bucket(int size)
    {
        string bucket = await server.BucketAsync();
        using TempFolder folder = new();
        PackageResult package = await TestPackage.PackAsync(folder.File("layout"), "1.0.0", null, ("model.gguf", TestPackage.Bytes(size)));
        string blob = folder.File($"layout/blobs/sha256/{package.Manifest.Layers[0].Digest.Hex}");
        byte[] bytes = File.ReadAllBytes(blob);
        bytes[^1] ^= 1;
        File.WriteAllBytes(blob, bytes);
        using S3Store store = Open(bucket, "a");
        await Assert.ThrowsAsync<InvalidPackageException>(() => TestPackage.PushAsync(folder.File("layout"), store, "1.0.0"));
        Assert.Null(await server.ReadAsync(bucket, $"a/blobs/sha256/{package.Manifest.Layers[0].Digest.Hex}"));
        Assert.Null(await server.ReadAsync(bucket, "a/index.json"));
        Assert.DoesNotContain("<UploadId>", await server.ListAsync(bucket, "?uploads"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Tags_that_are_set_at_the_same_time_all_stand()
    {
        string bucket = await server.BucketAsync();
        using TempFolder folder = new();
        CancellationToken cancel = TestContext.Current.CancellationToken;
        string[] versions = ["1.0.0", "1.1.0", "1.2.0", "1.3.0"];
        foreach (string version in versions)
        {
            await TestPackage.PackAsync(folder.File(version), version, null, ("model.gguf", TestPackage.Text(version)));
        }

        await Task.WhenAll(versions.Select(async version =>
        {
            using S3Store store = Open(bucket, "a");
            await TestPackage.PushAsync(folder.File(version), store, version);
        }));
        using S3Store all = Open(bucket, "a");
        Assert.Equal(versions, await all.TagsAsync(cancel));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_bucket_with_other_bytes_is_not_believed(bool manifest)
    {
        string bucket = await server.BucketAsync();
        using TempFolder folder = new();
        PackageResult package = await TestPackage.PackAsync(folder.File("layout"), "1.0.0", null, ("model.gguf", TestPackage.Bytes(5000)));
        using S3Store store = Open(bucket, "a");
        await TestPackage.PushAsync(folder.File("layout"), store, "1.0.0");
        string key = $"a/blobs/sha256/{(manifest ? package.Index.Digest : package.Manifest.Layers[0].Digest).Hex}";
        byte[] bytes = (await server.ReadAsync(bucket, key))!;
        bytes[^2] ^= 1;
        await server.WriteAsync(bucket, key, bytes);
        await Assert.ThrowsAsync<InvalidPackageException>(() => TestPackage.PullAsync(store, "1.0.0", folder.File("out")));
        Assert.False(File.Exists(folder.File("out/model.gguf")));
    }

    [Fact]
    public async Task A_bucket_that_is_not_there_is_named()
    {
        await server.BucketAsync();
        using TempFolder folder = new();
        await TestPackage.PackAsync(folder.File("layout"), "1.0.0", null, ("model.gguf", [1]));
        Tool run = await Tool.RunAsync("push", folder.File("layout"), "s3://no-such-bucket/a", "--s3-endpoint", server.Endpoint.AbsoluteUri);
        Assert.Equal(ExitCode.Failure, run.Code);
        Assert.Contains("s3://no-such-bucket/a", run.Error, StringComparison.Ordinal);
        Assert.Contains("404 NoSuchBucket", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Plain_http_goes_to_this_machine_only()
    {
        using TempFolder folder = new();
        await TestPackage.PackAsync(folder.File("layout"), "1.0.0", null, ("model.gguf", [1]));
        Tool run = await Tool.RunAsync("push", folder.File("layout"), "s3://bucket/a", "--s3-endpoint", "http://storage.invalid");
        Assert.Equal(ExitCode.Failure, run.Code);
        Assert.Contains("expected https, or --plain-http", run.Error, StringComparison.Ordinal);
    }

    private static string UploadOf(string list)
    {
        int start = list.IndexOf("<UploadId>", StringComparison.Ordinal) + "<UploadId>".Length;
        return list[start..list.IndexOf('<', start)];
    }

    private S3Store Open(string bucket, string prefix) =>
        new(S3Reference.Parse($"s3://{bucket}/{prefix}"), TestPackage.Options() with { S3Endpoint = server.Endpoint, RangeBytes = 1 << 20, FastBytesPerSecond = long.MaxValue });
}
