using System.IO.Compression;
using ModelPack.Packaging.NuGet;
using ModelPack.Packaging.Verification;
using ModelPack.Tests.Support;

namespace ModelPack.Tests.Packaging.NuGet;

public sealed class NuGetVerifierTests
{
    private const string Part2 = "acme-tiny.q4_k_m.Part002.1.2.0.nupkg";

    [Fact]
    public async Task Packages_as_they_were_packed_are_sound()
    {
        using TempFolder folder = new();
        NuGetPackResult packed = await TestNuGet.PackAsync(folder.Path);
        PackageVerification result = await VerifyAsync(folder);
        Assert.Equal(("nuget", 4, 0), (result.Kind, result.Files, result.Findings.Count));
        Assert.Equal([packed.Model.Digest.ToString()], result.Digests);
        Assert.Equal(Directory.EnumerateFiles(folder.Path).Sum(static f => new FileInfo(f).Length), result.Bytes);
    }

    [Theory]
    [InlineData("acme-tiny.q4_k_m.Part001.1.2.0.nupkg")]
    [InlineData(Part2)]
    [InlineData("acme-tiny.q4_k_m.Part003.1.2.0.nupkg")]
    public async Task One_flipped_byte_anywhere_in_a_part_is_found(string name)
    {
        using TempFolder folder = new();
        await TestNuGet.PackAsync(folder.Path);
        byte[] sound = File.ReadAllBytes(folder.File(name));
        int length = sound.Length;
        foreach (int at in (int[])[0, 30, 100, length / 4, length / 2, length - 100, length - 1])
        {
            byte[] damaged = [.. sound];
            damaged[at] ^= 1;
            folder.Write(name, damaged);
            PackageVerification result = await VerifyAsync(folder);
            Assert.Contains(result.Findings, f => f.Path == name);
        }
    }

    [Fact]
    public async Task The_model_s_file_that_is_damaged_is_named()
    {
        using TempFolder folder = new();
        await TestNuGet.PackAsync(folder.Path);
        byte[] bytes = File.ReadAllBytes(folder.File(Part2));
        bytes[bytes.Length / 2] ^= 1;
        folder.Write(Part2, bytes);
        PackageFinding finding = Assert.Single((await VerifyAsync(folder)).Findings);
        Assert.Equal(("hash", Part2), (finding.Code, finding.Path));
        Assert.Contains("model.gguf is damaged", finding.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_is_missing_is_named()
    {
        using TempFolder folder = new();
        await TestNuGet.PackAsync(folder.Path);
        File.Delete(folder.File(Part2));
        PackageFinding finding = Assert.Single((await VerifyAsync(folder)).Findings);
        Assert.Equal(("missing", Part2), (finding.Code, finding.Path));

        File.Delete(folder.File("acme-tiny.q4_k_m.1.2.0.nupkg"));
        IReadOnlyList<PackageFinding> lonely = (await VerifyAsync(folder)).Findings;
        Assert.Equal(2, lonely.Count);
        Assert.All(lonely, static f => Assert.Contains("whose package is missing", f.Text, StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_part_that_a_feed_signed_is_judged_by_what_the_model_is_made_of()
    {
        using TempFolder folder = new();
        await TestNuGet.PackAsync(folder.Path);
        using (ZipArchive zip = ZipFile.Open(folder.File(Part2), ZipArchiveMode.Update))
        {
            using Stream signature = zip.CreateEntry(".signature.p7s", CompressionLevel.NoCompression).Open();
            signature.WriteByte(1);
        }

        Assert.Empty((await VerifyAsync(folder)).Findings);
        using (ZipArchive zip = ZipFile.Open(folder.File(Part2), ZipArchiveMode.Update))
        {
            using Stream slice = zip.Entries.Single(static e => e.FullName.StartsWith("part/", StringComparison.Ordinal)).Open();
            slice.WriteByte(0);
        }

        Assert.Contains("model.gguf is damaged", Assert.Single((await VerifyAsync(folder)).Findings).Text, StringComparison.Ordinal);
    }

    private static Task<PackageVerification> VerifyAsync(TempFolder folder) =>
        NuGetVerifier.RunAsync(folder.Path, new TestPackage.Silent<long>(), TestContext.Current.CancellationToken);
}
