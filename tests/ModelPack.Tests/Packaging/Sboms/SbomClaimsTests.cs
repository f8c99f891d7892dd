using ModelPack.Licensing.Reports;
using ModelPack.Packaging;
using ModelPack.Packaging.Oci;
using ModelPack.Packaging.Provenance;
using ModelPack.Packaging.Sboms;
using ModelPack.Packaging.Signing;
using ModelPack.Tests.Support;

namespace ModelPack.Tests.Packaging.Sboms;

public sealed class SbomClaimsTests
{
    private static readonly string Hex = new('a', 64);

    [Theory]
    [InlineData("")]
    [InlineData("{")]
    [InlineData("[]")]
    [InlineData("5")]
    [InlineData("{\"metadata\":{}}")]
    [InlineData("{\"metadata\":{\"component\":5}}")]
    [InlineData("{\"metadata\":[]}")]
    public void What_is_no_bill_is_refused(string text)
    {
        InvalidPackageException fault = Assert.Throws<InvalidPackageException>(() => SbomClaims.Read(TestPackage.Text(text), MediaTypes.CycloneDx, "bill"));
        Assert.StartsWith("bill: no bill of materials", fault.Message, StringComparison.Ordinal);
        if (text is "" or "{" or "[]" or "5")
        {
            Assert.Throws<InvalidPackageException>(() => SbomClaims.Read(TestPackage.Text(text), MediaTypes.Spdx, "bill"));
        }
    }

    [Fact]
    public void A_bill_of_others_claims_nothing_that_could_be_wrong()
    {
        SbomClaims cyclone = SbomClaims.Read(
            TestPackage.Text("""{"metadata":{"component":{"name":"x","purl":"pkg:npm/x@1","components":[{"type":"library"},{"type":"file"},5]}}}""".Replace(",5]", "]", StringComparison.Ordinal)),
            MediaTypes.CycloneDx,
            "bill");
        Assert.Null(cyclone.Manifest);
        Assert.Equal([new SignedFile("", "")], cyclone.Files);
        SbomClaims spdx = SbomClaims.Read(TestPackage.Text("""{"spdxVersion":"SPDX-2.3","packages":[{"name":"x","externalRefs":[{"referenceType":"cpe23Type","referenceLocator":"y"}]}]}"""), MediaTypes.Spdx, "bill");
        Assert.Equal((null, 0), (spdx.Manifest, spdx.Files.Count));
    }

    [Fact]
    public void A_package_url_names_the_manifest_and_gives_it_back()
    {
        string url = PackageUrl.OfManifest("Acme/Tiny MoE", Hex);
        Assert.Equal($"pkg:oci/tiny%20moe@sha256%3A{Hex}", url);
        Assert.Equal(Hex, PackageUrl.ManifestOf(url));
        Assert.Equal(Hex, PackageUrl.ManifestOf($"pkg:oci/x@sha256%3a{Hex}?repository_url=example.org/x"));
        Assert.Null(PackageUrl.ManifestOf("pkg:oci/x@1.0"));
        Assert.Null(PackageUrl.ManifestOf($"pkg:docker/x@sha256%3A{Hex}"));
        Assert.Null(PackageUrl.ManifestOf(null));
    }

    [Theory]
    [InlineData("Qwen/Qwen3-0.6B", "pkg:huggingface/Qwen/Qwen3-0.6B")]
    [InlineData("llama", null)]
    [InlineData("https://example.org/a", null)]
    [InlineData("a/b/c", null)]
    [InlineData("/b", null)]
    [InlineData("a b/c", null)]
    [InlineData("a/b?x=1", null)]
    public void Only_ids_of_the_hub_become_its_package_urls(string name, string? url) => Assert.Equal(url, PackageUrl.OfHubModel(name));

    [Theory]
    [InlineData("{}")]
    [InlineData("[]")]
    [InlineData("{\"subject\":5}")]
    [InlineData("{\"subject\":[{}]}")]
    [InlineData("nonsense")]
    public void What_is_no_statement_is_refused(string text) =>
        Assert.Throws<InvalidPackageException>(() => ProvenanceStatement.SubjectsOf(TestPackage.Text(text), "statement"));

    [Fact]
    public void A_statement_keeps_lists_as_lists_and_leaves_out_what_is_not_known()
    {
        ProvenanceRecord record = new()
        {
            Name = "x",
            Manifest = Digest.Parse($"sha256:{Hex}", ""),
            ToolVersion = "1.0",
            Parameters = [ProvenanceValue.List("fact", ["a=1"]), ProvenanceValue.Of("name", "x")],
            Findings = [ProvenanceValue.List("licenses", [])],
            Sources = [new("base", null, "pkg:huggingface/a/b")],
            Byproducts = [],
            Time = "2026-01-01T00:00:00Z",
        };
        Assert.Equal(
            $$$$"""{"_type":"https://in-toto.io/Statement/v1","predicate":{"buildDefinition":{"buildType":"modelpack-tool:pack/v1","externalParameters":{"fact":["a=1"],"name":"x"},"internalParameters":{"licenses":[]},"resolvedDependencies":[{"name":"base","uri":"pkg:huggingface/a/b"}]},"runDetails":{"builder":{"id":"modelpack-tool:cli","version":{"modelpack":"1.0"}},"byproducts":[],"metadata":{"finishedOn":"2026-01-01T00:00:00Z","startedOn":"2026-01-01T00:00:00Z"}}},"predicateType":"https://slsa.dev/provenance/v1","subject":[{"digest":{"sha256":"{{{{Hex}}}}"},"name":"x"}]}""",
            System.Text.Encoding.UTF8.GetString(ProvenanceStatement.Write(record)));
        Assert.Equal([Hex], ProvenanceStatement.SubjectsOf(ProvenanceStatement.Write(record), "x"));
    }
}
