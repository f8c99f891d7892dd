using System.Text;
using System.Text.Json;
using ModelPack.Models;
using ModelPack.Packaging.Attachments;
using ModelPack.Packaging.Layouts;
using ModelPack.Packaging.Oci;
using ModelPack.Packaging.Packing;
using ModelPack.Packaging.Registries;
using ModelPack.Packaging.Signing;
using ModelPack.Packaging.Transfers;
using ModelPack.Tests.Support;

namespace ModelPack.Tests.Packaging.Signing;

public sealed class PackageSignerTests : IDisposable
{
    private readonly TempFolder _temp = new();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose() => _temp.Dispose();

    [Theory]
    [InlineData("nistP256")]
    [InlineData("nistP384")]
    [InlineData("nistP521")]
    public async Task The_bundle_in_a_real_registry_holds_in_another_verifier(string curve)
    {
        using DockerRegistry registry = await DockerRegistry.StartAsync();
        (string key, string publicKey) = TestKey.Write(_temp, curve: curve);
        PackageResult package = await PackAsync();
        using RegistryStore store = TestPackage.Registry(registry.Host, "team/tiny");
        await TestPackage.PushAsync(_temp.File("layout"), store, "1.0.0");
        Assert.Equal([(package.Manifest.Digest, 2), (package.Index.Digest, 2)], (await SignAsync(store, key)).Select(static s => (s.Manifest.Digest, s.Files)));

        Attachment ofVariant = Assert.Single(await AttachmentReader.ReadAsync(store, package.Manifest.Digest, [MediaTypes.Bundle], Cancel));
        Attachment ofIndex = Assert.Single(await AttachmentReader.ReadAsync(store, package.Index.Digest, [MediaTypes.Bundle], Cancel));
        foreach ((Attachment bundle, string prefix) in ((Attachment, string)[])[(ofVariant, ""), (ofIndex, "q4/")])
        {
            (int code, string said, _) = await ExternalProgram.NodeAsync("sigstore.mjs", _temp.Write("bundle.json", bundle.Content.Span), publicKey);
            Assert.True(code == 0, said);
            Assert.Equal(
                package.Manifest.Layers.Select(l => $"{prefix}{l.Annotation(AnnotationKeys.FilePath)} {l.Digest.Hex}"),
                said.Split('\n', StringSplitOptions.RemoveEmptyEntries)[1..]);
        }
    }

    [Fact]
    public async Task Nothing_is_hashed_or_fetched_but_manifests_and_documents()
    {
        using RegistryDouble registry = new() { HasReferrers = true };
        PackageResult package = await PackAsync();
        using RegistryStore store = TestPackage.Registry(registry.Host, "a");
        await TestPackage.PushAsync(_temp.File("layout"), store, "1.0.0");
        foreach (Descriptor blob in package.Manifest.Blobs)
        {
            Assert.True(registry.Blobs.TryRemove(blob.Digest.ToString(), out _));
        }

        registry.Log.Clear();
        await SignAsync(store, TestKey.Write(_temp).Private);
        Assert.DoesNotContain(registry.Log, l => package.Manifest.Blobs.Any(b => l.Contains(b.Digest.ToString(), StringComparison.Ordinal)));
    }

    [Fact]
    public async Task The_statement_names_the_manifest_and_what_is_attached()
    {
        PackageResult package = await PackAsync();
        using LayoutStore layout = LayoutStore.Open(_temp.File("layout"));
        OciManifest bill = await AttachmentWriter.AddAsync(layout, package.Manifest, MediaTypes.Spdx, TestPackage.Text("{}"), new Dictionary<string, string>(), Cancel);
        (string key, _) = TestKey.Write(_temp);
        await SignAsync(layout, key);
        Attachment bundle = Assert.Single(await AttachmentReader.ReadAsync(layout, package.Manifest.Digest, [MediaTypes.Bundle], Cancel));
        using SigningKey signer = SigningKey.Read(key);
        SignedModel signed = ModelSignature.Open(Encoding.UTF8.GetString(bundle.Content.Span), "x", signer)!;
        Assert.Equal(package.Manifest.Digest, signed.Package!.Manifest);
        Assert.Equal([new SignedDocument(MediaTypes.Spdx, bill.Digest)], signed.Package.Attached);
        Assert.Equal("dsse-envelope", bundle.Manifest.Annotation("dev.sigstore.bundle.content"));

        // The field that is ours stands beside those of the specification, which are as it wants them.
        using JsonDocument document = JsonDocument.Parse(bundle.Content);
        using JsonDocument statement = JsonDocument.Parse(document.RootElement.GetProperty("dsseEnvelope").GetProperty("payload").GetBytesFromBase64());
        Assert.Equal(["package", "resources", "serialization"], statement.RootElement.GetProperty("predicate").EnumerateObject().Select(static p => p.Name));
        Assert.Equal("acme-tiny", Assert.Single(statement.RootElement.GetProperty("subject").EnumerateArray()).GetProperty("name").GetString());
    }

    [Fact]
    public async Task A_second_signature_of_the_same_adds_nothing_and_one_of_more_does()
    {
        PackageResult package = await PackAsync();
        using LayoutStore layout = LayoutStore.Open(_temp.File("layout"));
        (string key, _) = TestKey.Write(_temp);
        await SignAsync(layout, key);
        string before = File.ReadAllText(_temp.File("layout/index.json"));
        Assert.All(await SignAsync(layout, key), static s => Assert.Equal(0, s.Files));
        Assert.Equal(before, File.ReadAllText(_temp.File("layout/index.json")));

        await AttachmentWriter.AddAsync(layout, package.Manifest, MediaTypes.Spdx, TestPackage.Text("{}"), new Dictionary<string, string>(), Cancel);
        Assert.Equal([2, 0], (await SignAsync(layout, key)).Select(static s => s.Files));
        Assert.Equal([2, 2], (await SignAsync(layout, TestKey.Write(_temp, "other").Private)).Select(static s => s.Files));
    }

    [Fact]
    public async Task A_package_that_is_not_whole_is_not_signed()
    {
        PackageResult package = await PackAsync();
        using LayoutStore layout = LayoutStore.Open(_temp.File("layout"));
        File.Delete(layout.BlobPath(package.Manifest.Digest));
        ModelPackException fault = await Assert.ThrowsAnyAsync<ModelPackException>(() => SignAsync(layout, TestKey.Write(_temp).Private));
        Assert.Contains(package.Manifest.Digest.ToString(), fault.Message, StringComparison.Ordinal);
        Assert.Empty(await layout.ReferrersAsync(package.Index.Digest, Cancel));
    }

    private static async Task<IReadOnlyList<(OciManifest Manifest, int Files)>> SignAsync(PackageStore store, string key)
    {
        using SigningKey signer = SigningKey.Read(key);
        return await new PackageSigner(store, signer).SignAsync(await store.GetAsync("1.0.0", Cancel), Cancel);
    }

    private Task<PackageResult> PackAsync() =>
        TestPackage.PackAsync(_temp.File("layout"), "1.0.0", "q4", ("README.md", TestPackage.Text("# tiny")), ("model.gguf", TestPackage.Bytes(5000)));
}
