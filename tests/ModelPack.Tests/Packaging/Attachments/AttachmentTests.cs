using ModelPack.Packaging;
using ModelPack.Packaging.Attachments;
using ModelPack.Packaging.Layouts;
using ModelPack.Packaging.Oci;
using ModelPack.Packaging.Packing;
using ModelPack.Packaging.Registries;
using ModelPack.Packaging.Transfers;
using ModelPack.Tests.Support;

namespace ModelPack.Tests.Packaging.Attachments;

public sealed class AttachmentTests : IDisposable
{
    private static readonly Dictionary<string, string> Notes = new() { ["note"] = "1" };

    private readonly TempFolder _temp = new();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose() => _temp.Dispose();

    [Fact]
    public async Task An_attachment_is_listed_once_by_its_subject_with_type_and_annotations()
    {
        (LayoutStore layout, PackageResult package) = await PackAsync();
        OciManifest first = await AddAsync(layout, package.Manifest, MediaTypes.Statement, "{\"a\":1}");
        OciManifest again = await AddAsync(layout, package.Manifest, MediaTypes.Statement, "{\"a\":1}");
        OciManifest index = await AddAsync(layout, package.Index, MediaTypes.Bundle, "{}");
        Assert.Equal(first.Digest, again.Digest);
        Descriptor listed = Assert.Single(await layout.ReferrersAsync(package.Manifest.Digest, Cancel));
        Assert.Equal((first.Digest, MediaTypes.Statement, "1"), (listed.Digest, listed.ArtifactType, listed.Annotation("note")));
        Assert.Equal(index.Digest, Assert.Single(await layout.ReferrersAsync(package.Index.Digest, Cancel)).Digest);
        Assert.Equal(["1.0.0", "1.0.0-q4"], (await layout.TagsAsync(Cancel)).Order());
        Attachment read = Assert.Single(await AttachmentReader.ReadAsync(layout, package.Manifest.Digest, [], Cancel));
        Assert.Equal(("provenance", "{\"a\":1}"), (read.Kind, System.Text.Encoding.UTF8.GetString(read.Content.Span)));
    }

    [Fact]
    public async Task The_manifest_is_the_one_that_the_image_specification_describes()
    {
        (LayoutStore layout, PackageResult package) = await PackAsync();
        OciManifest manifest = await AddAsync(layout, package.Manifest, MediaTypes.Spdx, "{}");
        Assert.Equal(
            $$$"""{"annotations":{"note":"1"},"artifactType":"application/spdx+json","config":{"digest":"sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a","mediaType":"application/vnd.oci.empty.v1+json","size":2},"layers":[{"digest":"sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a","mediaType":"application/spdx+json","size":2}],"mediaType":"application/vnd.oci.image.manifest.v1+json","schemaVersion":2,"subject":{"digest":"{{{package.Manifest.Digest}}}","mediaType":"application/vnd.oci.image.manifest.v1+json","size":{{{package.Manifest.Bytes.Length}}}}}""",
            System.Text.Encoding.UTF8.GetString(manifest.Bytes.Span));
    }

    [Fact]
    public async Task A_variant_that_is_packed_anew_loses_what_was_attached_to_the_old_one()
    {
        (LayoutStore layout, PackageResult package) = await PackAsync();
        OciManifest document = await AddAsync(layout, package.Manifest, MediaTypes.Spdx, "{}");
        await AddAsync(layout, document, MediaTypes.Bundle, "{\"of\":\"the document\"}");
        Assert.Empty(await layout.DropOrphansAsync(Cancel));
        OciManifest onIndex = await AddAsync(layout, package.Index, MediaTypes.Bundle, "{}");
        await TestPackage.PackAsync(_temp.File("layout"), "1.0.0", "q8", ("model.gguf", TestPackage.Bytes(10, 3)));
        Assert.Equal([onIndex.Digest], (await layout.DropOrphansAsync(Cancel)).Select(static d => d.Digest));
        Assert.Single(await layout.ReferrersAsync(package.Manifest.Digest, Cancel));
        Assert.Empty(await layout.ReferrersAsync(package.Index.Digest, Cancel));
    }

    [Fact]
    public async Task A_real_registry_without_the_interface_gets_a_list_under_a_tag()
    {
        using DockerRegistry registry = await DockerRegistry.StartAsync();
        (LayoutStore layout, PackageResult package) = await PackAsync();
        await AddAsync(layout, package.Manifest, MediaTypes.Spdx, "{}");
        await AddAsync(layout, package.Index, MediaTypes.CycloneDx, "{\"b\":1}");
        using RegistryStore store = TestPackage.Registry(registry.Host, "team/tiny");
        Assert.Equal(2, (await TestPackage.PushAsync(_temp.File("layout"), store, "1.0.0")).Attached);
        OciManifest late = await AddAsync(store, package.Manifest, MediaTypes.Statement, "{\"late\":true}");
        Assert.Equal(2, (await store.ReferrersAsync(package.Manifest.Digest, Cancel)).Count);
        Assert.Contains(await store.ReferrersAsync(package.Manifest.Digest, Cancel), d => d.Digest == late.Digest && d.ArtifactType == MediaTypes.Statement && d.Annotation("note") == "1");
        Assert.Equal(["1.0.0", "1.0.0-q4"], (await store.TagsAsync(Cancel)).Order());

        // Other clients see the list as the specification names it, and the package as before.
        string list = await ExternalProgram.RunAsync("skopeo", "inspect", "--raw", "--tls-verify=false", $"docker://{registry.Host}/team/tiny:sha256-{package.Manifest.Digest.Hex}");
        Assert.Contains(late.Digest.ToString(), list, StringComparison.Ordinal);
        await ExternalProgram.RunAsync("skopeo", "copy", "--src-tls-verify=false", $"docker://{registry.Host}/team/tiny:1.0.0-q4", $"oci:{_temp.File("theirs")}:x");
        Assert.True(File.Exists(_temp.File($"theirs/blobs/sha256/{package.Manifest.Digest.Hex}")));
    }

    [Fact]
    public async Task Several_writers_of_one_list_lose_nothing()
    {
        using DockerRegistry registry = await DockerRegistry.StartAsync();
        (_, PackageResult package) = await PackAsync();
        using RegistryStore store = TestPackage.Registry(registry.Host, "team/tiny");
        await TestPackage.PushAsync(_temp.File("layout"), store, "1.0.0");
        await Parallel.ForEachAsync(Enumerable.Range(0, 12), Cancel, async (i, _) => await AddAsync(store, package.Manifest, MediaTypes.Statement, $"{{\"i\":{i}}}"));
        Assert.Equal(12, (await store.ReferrersAsync(package.Manifest.Digest, Cancel)).Count);
    }

    [Fact]
    public async Task A_list_that_another_writer_replaced_is_mended()
    {
        using RegistryDouble registry = new();
        (_, PackageResult package) = await PackAsync();
        using RegistryStore store = TestPackage.Registry(registry.Host, "a");
        await TestPackage.PushAsync(_temp.File("layout"), store, "1.0.0");
        OciManifest first = await AddAsync(store, package.Manifest, MediaTypes.Statement, "{\"i\":1}");
        string tag = $"sha256-{package.Manifest.Digest.Hex}";
        int puts = 0;
        registry.Fault = context =>
        {
            // The other one read the list before us and writes it after us: what we put is gone at once.
            if (context.Request.HttpMethod != "PUT" || !context.Request.Url!.AbsolutePath.EndsWith(tag, StringComparison.Ordinal) || Interlocked.Increment(ref puts) > 2)
            {
                return false;
            }

            context.Request.InputStream.CopyTo(Stream.Null);
            return RegistryDouble.Answer(context, 201);
        };
        OciManifest second = await AddAsync(store, package.Manifest, MediaTypes.Statement, "{\"i\":2}");
        Assert.Equal(3, puts);
        Assert.Equal(
            ((Digest[])[first.Digest, second.Digest]).Select(static d => d.Hex).Order(StringComparer.Ordinal),
            (await store.ReferrersAsync(package.Manifest.Digest, Cancel)).Select(static d => d.Digest.Hex));

        registry.Fault = context => context.Request.HttpMethod == "PUT" && context.Request.Url!.AbsolutePath.EndsWith(tag, StringComparison.Ordinal) && RegistryDouble.Answer(context, 201);
        RegistryException lost = await Assert.ThrowsAsync<RegistryException>(() => AddAsync(store, package.Manifest, MediaTypes.Statement, "{\"i\":3}"));
        Assert.Contains("loses what is added", lost.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(100)]
    public async Task A_registry_with_the_interface_lists_them_itself_on_one_page_or_several(int page)
    {
        using RegistryDouble registry = new() { HasReferrers = true, ReferrersPage = page };
        (LayoutStore layout, PackageResult package) = await PackAsync();
        for (int i = 0; i < 3; i++)
        {
            await AddAsync(layout, package.Manifest, MediaTypes.Statement, $"{{\"i\":{i}}}");
        }

        using RegistryStore store = TestPackage.Registry(registry.Host, "a");
        await TestPackage.PushAsync(_temp.File("layout"), store, "1.0.0");
        Assert.DoesNotContain(registry.Manifests.Keys, static k => k.StartsWith("sha256-", StringComparison.Ordinal));
        Assert.Equal(
            (await layout.ReferrersAsync(package.Manifest.Digest, Cancel)).Select(static d => d.Digest),
            (await store.ReferrersAsync(package.Manifest.Digest, Cancel)).Select(static d => d.Digest));
    }

    [Fact]
    public async Task A_registry_that_names_another_subject_does_not_count_as_one_that_lists()
    {
        using RegistryDouble registry = new();
        (LayoutStore layout, PackageResult package) = await PackAsync();
        OciManifest document = await AddAsync(layout, package.Manifest, MediaTypes.Statement, "{}");
        registry.Fault = context =>
        {
            if (context.Request.HttpMethod == "PUT" && context.Request.Url!.AbsolutePath.EndsWith(document.Digest.ToString(), StringComparison.Ordinal))
            {
                context.Response.AddHeader("OCI-Subject", package.Index.Digest.ToString());
            }

            return false;
        };
        using RegistryStore store = TestPackage.Registry(registry.Host, "a");
        await TestPackage.PushAsync(_temp.File("layout"), store, "1.0.0");
        Assert.Single(await store.ReferrersAsync(package.Manifest.Digest, Cancel));
    }

    [Fact]
    public async Task No_tag_names_a_package_before_its_documents_are_there()
    {
        using RegistryDouble registry = new() { HasReferrers = true };
        (LayoutStore layout, PackageResult package) = await PackAsync();
        OciManifest[] documents = [await AddAsync(layout, package.Manifest, MediaTypes.Spdx, "{}"), await AddAsync(layout, package.Index, MediaTypes.Bundle, "{\"s\":1}")];
        using RegistryStore store = TestPackage.Registry(registry.Host, "a");
        await TestPackage.PushAsync(_temp.File("layout"), store, "1.0.0");
        string[] puts = [.. registry.Log.Where(static l => l.StartsWith("PUT /v2/a/manifests/", StringComparison.Ordinal)).Select(static l => l["PUT /v2/a/manifests/".Length..])];
        int lastDocument = documents.Max(d => Array.IndexOf(puts, d.Digest.ToString()));
        Assert.True(documents.All(d => puts.Contains(d.Digest.ToString())));
        Assert.True(Array.IndexOf(puts, package.Manifest.Digest.ToString()) < lastDocument && Array.IndexOf(puts, package.Index.Digest.ToString()) < lastDocument);
        Assert.All((string[])["1.0.0", "1.0.0-q4"], tag => Assert.True(Array.IndexOf(puts, tag) > lastDocument));
    }

    [Fact]
    public async Task A_copy_between_registries_and_layouts_keeps_documents_and_digests()
    {
        using RegistryDouble modern = new() { HasReferrers = true };
        using DockerRegistry real = await DockerRegistry.StartAsync();
        (LayoutStore layout, PackageResult package) = await PackAsync();
        OciManifest bill = await AddAsync(layout, package.Manifest, MediaTypes.Spdx, "{}");
        await AddAsync(layout, bill, MediaTypes.Bundle, "{\"of\":\"the bill\"}");
        await AddAsync(layout, package.Index, MediaTypes.Bundle, "{\"s\":1}");
        using RegistryStore first = TestPackage.Registry(modern.Host, "a");
        using RegistryStore second = TestPackage.Registry(real.Host, "b");
        await TestPackage.PushAsync(_temp.File("layout"), first, "1.0.0");
        foreach ((PackageStore from, PackageStore to) in ((PackageStore, PackageStore)[])[(first, second), (second, LayoutStore.OpenOrCreate(_temp.File("back")))])
        {
            TransferResult result = await new PackageTransfer(from, to, force: false).RunAsync(await from.GetAsync("1.0.0", Cancel), ["1.0.0"], new TestPackage.Silent<TransferProgress>(), Cancel);
            Assert.Equal(3, result.Attached);
        }

        // The interface of the double tells no annotations, the list of the other does: types and digests are the same.
        using LayoutStore back = LayoutStore.Open(_temp.File("back"));
        Assert.Equal(File.ReadAllText(_temp.File("layout/index.json")), File.ReadAllText(_temp.File("back/index.json")));
    }

    [Fact]
    public async Task A_listing_that_lies_ends_the_copy_and_the_reading()
    {
        using RegistryDouble registry = new();
        (LayoutStore layout, PackageResult package) = await PackAsync();
        await AddAsync(layout, package.Manifest, MediaTypes.Spdx, "{}");
        using RegistryStore store = TestPackage.Registry(registry.Host, "a");
        await TestPackage.PushAsync(_temp.File("layout"), store, "1.0.0");
        registry.Manifests[$"sha256-{package.Index.Digest.Hex}"] = registry.Manifests[$"sha256-{package.Manifest.Digest.Hex}"];
        InvalidPackageException fault = await Assert.ThrowsAsync<InvalidPackageException>(() => AttachmentReader.ReadAsync(store, package.Index.Digest, [], Cancel));
        Assert.Contains("its subject is", fault.Message, StringComparison.Ordinal);
        using LayoutStore copy = LayoutStore.OpenOrCreate(_temp.File("copy"));
        await Assert.ThrowsAsync<InvalidPackageException>(async () => await new PackageTransfer(store, copy, force: false)
            .RunAsync(await store.GetAsync("1.0.0", Cancel), ["1.0.0"], new TestPackage.Silent<TransferProgress>(), Cancel));
        Assert.Empty(await copy.TagsAsync(Cancel));

        registry.Manifests[$"sha256-{package.Index.Digest.Hex}"] = registry.Manifests["1.0.0-q4"];
        await Assert.ThrowsAsync<InvalidPackageException>(() => store.ReferrersAsync(package.Index.Digest, Cancel));
    }

    [Fact]
    public async Task A_document_with_other_bytes_or_too_many_is_refused()
    {
        using RegistryDouble registry = new();
        (LayoutStore layout, PackageResult package) = await PackAsync();
        OciManifest bill = await AddAsync(layout, package.Manifest, MediaTypes.Spdx, "{\"bill\":1}");
        using RegistryStore store = TestPackage.Registry(registry.Host, "a");
        await TestPackage.PushAsync(_temp.File("layout"), store, "1.0.0");
        registry.Blobs[bill.Layers[0].Digest.ToString()][3] ^= 1;
        await Assert.ThrowsAsync<InvalidPackageException>(() => AttachmentReader.ReadAsync(store, package.Manifest.Digest, [], Cancel));
        await Assert.ThrowsAsync<InvalidPackageException>(() => AttachmentReader.ContentAsync(store, new(MediaTypes.Spdx, bill.Digest, 1L << 40), Cancel));
    }

    [Theory]
    [InlineData("subject", "{}", "subject: expected a size")]
    [InlineData("subject", "\"sha256:00\"", "subject: expected an object")]
    [InlineData("subject", "{\"mediaType\":\"x\",\"digest\":\"md5:1\",\"size\":1}", "subject: digest 'md5:1'")]
    public void A_subject_that_is_none_is_refused(string key, string value, string reason)
    {
        string json = $$"""{"schemaVersion":2,"config":{"mediaType":"x","digest":"sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a","size":2},"layers":[],"{{key}}":{{value}}}""";
        InvalidPackageException fault = Assert.Throws<InvalidPackageException>(() => ManifestReader.Read(TestPackage.Text(json), "m"));
        Assert.Contains(reason, fault.Message, StringComparison.Ordinal);
    }

    private static Task<OciManifest> AddAsync(PackageStore store, OciManifest subject, string type, string content) =>
        AttachmentWriter.AddAsync(store, subject, type, TestPackage.Text(content), Notes, Cancel);

    private async Task<(LayoutStore Layout, PackageResult Package)> PackAsync()
    {
        PackageResult package = await TestPackage.PackAsync(_temp.File("layout"), "1.0.0", "q4", ("model.gguf", TestPackage.Bytes(5000)));
        return (LayoutStore.Open(_temp.File("layout")), package);
    }
}
