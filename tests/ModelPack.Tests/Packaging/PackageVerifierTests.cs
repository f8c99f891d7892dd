using ModelPack.Models;
using ModelPack.Packaging.Layouts;
using ModelPack.Packaging.Packing;
using ModelPack.Packaging.Verification;
using ModelPack.Tests.Support;

namespace ModelPack.Tests.Packaging;

public sealed class PackageVerifierTests
{
    private static readonly (string, byte[])[] Files = [("model.gguf", TestPackage.Bytes(5000)), ("docs/README.md", TestPackage.Text("# tiny"))];

    [Fact]
    public async Task A_layout_is_verified_whole()
    {
        using TempFolder folder = new();
        PackageResult package = await TestPackage.PackAsync(folder.File("layout"), "1.0.0", "q4", Files);
        PackageVerification result = await VerifyAsync(folder.File("layout"));
        Assert.Empty(result.Findings);
        Assert.Equal(("layout", 5), (result.Kind, result.Files));
        Assert.Equal([package.Index.Digest.ToString(), package.Manifest.Digest.ToString()], result.Digests);
    }

    [Theory]
    [InlineData("index", "hash")]
    [InlineData("manifest", "hash")]
    [InlineData("config", "hash")]
    [InlineData("layer", "hash")]
    [InlineData("cut", "size")]
    [InlineData("gone", "missing")]
    [InlineData("index.json", "invalid")]
    public async Task One_bit_anywhere_is_found_and_named(string what, string code)
    {
        using TempFolder folder = new();
        PackageResult package = await TestPackage.PackAsync(folder.File("layout"), "1.0.0", "q4", Files);
        using LayoutStore layout = LayoutStore.Open(folder.File("layout"));
        string path = what switch
        {
            "index" => layout.BlobPath(package.Index.Digest),
            "manifest" => layout.BlobPath(package.Manifest.Digest),
            "config" => layout.BlobPath(package.Manifest.Config!.Digest),
            "index.json" => folder.File("layout/index.json"),
            _ => layout.BlobPath(package.Manifest.Layers[1].Digest),
        };
        byte[] bytes = File.ReadAllBytes(path);
        bytes[what == "index.json" ? 0 : bytes.Length / 2] ^= 1;
        File.WriteAllBytes(path, what == "cut" ? bytes[..^1] : bytes);
        if (what == "gone")
        {
            File.Delete(path);
        }

        PackageFinding finding = Assert.Single((await VerifyAsync(folder.File("layout"))).Findings);
        Assert.Equal((code, Path.GetFileName(path)), (finding.Code, Path.GetFileName(finding.Path)));
    }

    [Fact]
    public async Task A_pulled_package_is_verified_and_a_changed_file_is_named()
    {
        using TempFolder folder = new();
        await TestPackage.PackAsync(folder.File("layout"), "1.0.0", "q4", Files);
        using LayoutStore layout = LayoutStore.Open(folder.File("layout"));
        await TestPackage.PullAsync(layout, "1.0.0", folder.File("out"));
        PackageVerification good = await VerifyAsync(folder.File("out"));
        Assert.Equal(("package", 2, 0), (good.Kind, good.Files, good.Findings.Count));
        File.WriteAllText(folder.File("out/docs/README.md"), "# evil");
        PackageFinding finding = Assert.Single((await VerifyAsync(folder.File("out"))).Findings);
        Assert.Equal(("hash", "docs/README.md"), (finding.Code, finding.Path));
    }

    [Fact]
    public async Task Files_that_were_not_asked_for_are_not_missed()
    {
        using TempFolder folder = new();
        await TestPackage.PackAsync(folder.File("layout"), "1.0.0", "q4", Files);
        using LayoutStore layout = LayoutStore.Open(folder.File("layout"));
        Assert.Equal(["docs/README.md"], await TestPackage.PullAsync(layout, "1.0.0", folder.File("out"), null, "*.md"));
        Assert.False(File.Exists(folder.File("out/model.gguf")));
        Assert.Empty((await VerifyAsync(folder.File("out"))).Findings);
        await TestPackage.PullAsync(layout, "1.0.0", folder.File("out"));
        File.Delete(folder.File("out/model.gguf"));
        Assert.Equal("missing", Assert.Single((await VerifyAsync(folder.File("out"))).Findings).Code);
    }

    [Fact]
    public async Task Any_other_folder_is_refused()
    {
        using TempFolder folder = new();
        Assert.False(PackageVerifier.CanVerify(folder.Path));
        await Assert.ThrowsAsync<ModelPackException>(() => VerifyAsync(folder.Path));
    }

    private static Task<PackageVerification> VerifyAsync(string folder) =>
        PackageVerifier.RunAsync(folder, null, new TestPackage.Silent<long>(), TestContext.Current.CancellationToken);
}
