using ModelPack.Packaging;
using ModelPack.Packaging.Oci;
using ModelPack.Tests.Support;

namespace ModelPack.Tests.Packaging;

public sealed class ManifestReaderTests
{
    private const string Blob = """{"mediaType":"x","size":3,"digest":"sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"}""";

    [Fact]
    public void A_manifest_is_read_and_keeps_its_bytes()
    {
        byte[] bytes = TestPackage.Text($$$"""{"schemaVersion":2, "config":{{{Blob}}},"layers":[{{{Blob}}}],"annotations":{"a":"b"}}""");
        OciManifest manifest = ManifestReader.Read(bytes, "test");
        Assert.False(manifest.IsIndex);
        Assert.Equal((3L, "b", 2), (manifest.Layers[0].Size, manifest.Annotation("a"), manifest.Blobs.Count()));
        Assert.Equal(RegistryDouble.DigestOf(bytes), manifest.Digest.ToString());
    }

    [Theory]
    [InlineData("")]
    [InlineData("[]")]
    [InlineData("{}")]
    [InlineData("""{"schemaVersion":1,"layers":[]}""")]
    [InlineData("""{"schemaVersion":2}""")]
    [InlineData("""{"schemaVersion":2,"layers":[],"manifests":[]}""")]
    [InlineData("""{"schemaVersion":2,"layers":[]}""")]
    [InlineData("""{"schemaVersion":2,"manifests":{}}""")]
    [InlineData("""{"schemaVersion":2,"manifests":[1]}""")]
    [InlineData("""{"schemaVersion":2,"manifests":[{"digest":"sha256:12","size":1}]}""")]
    [InlineData("""{"schemaVersion":2,"manifests":[{"digest":"sha512:00","size":1}]}""")]
    [InlineData("""{"schemaVersion":2,"manifests":[{"digest":"sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef","size":-1}]}""")]
    [InlineData("""{"schemaVersion":2,"manifests":[{"digest":"sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef","size":1e99}]}""")]
    [InlineData("""{"schemaVersion":2,"manifests":[],"annotations":{"a":1}}""")]
    [InlineData("""{"schemaVersion":2,"manifests":[],"annotations":[]}""")]
    [InlineData("""{"schemaVersion":2,"manifests":[],"mediaType":"application/vnd.oci.image.manifest.v1+json"}""")]
    [InlineData("""{"schemaVersion":2,"manifests":[],"mediaType":"text/html"}""")]
    [InlineData("""{"schemaVersion":2,"schemaVersion":2,"manifests":[]}""")]
    public void What_is_no_manifest_is_refused(string json) =>
        Assert.Throws<InvalidPackageException>(() => ManifestReader.Read(TestPackage.Text(json), "test"));

    [Fact]
    public void A_manifest_that_is_too_long_is_refused() =>
        Assert.Throws<InvalidPackageException>(() => ManifestReader.Read(new byte[OciManifest.MaxBytes + 1], "test"));
}
