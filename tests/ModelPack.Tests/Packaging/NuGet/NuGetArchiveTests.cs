using System.IO.Compression;
using System.Text;
using ModelPack.Packaging;
using ModelPack.Packaging.NuGet;
using ModelPack.Tests.Support;

namespace ModelPack.Tests.Packaging.NuGet;

public sealed class NuGetArchiveTests
{
    private const string Good = "<package><metadata><id>x</id><version>1.0.0</version><packageTypes><packageType name='ModelPack'/></packageTypes></metadata></package>";

    [Fact]
    public async Task A_package_says_what_it_is()
    {
        using TempFolder folder = new();
        NuGetPackResult result = await TestNuGet.PackAsync(folder.Path);
        NuGetArchive model = NuGetArchive.Open(folder.File("acme-tiny.q4_k_m.1.2.0.nupkg"));
        Assert.Equal(("acme-tiny.q4_k_m", "1.2.0", false), (model.Identity.Id, model.Identity.Version, model.IsSigned));
        Assert.Equivalent(result.Record with { Description = model.Manifest!.Description }, model.Manifest, strict: true);
        NuGetArchive part = NuGetArchive.Open(folder.File("acme-tiny.q4_k_m.Part001.1.2.0.nupkg"));
        Assert.Null(part.Manifest);
        Assert.InRange(part.ContentBytes, part.Bytes - 2000, part.Bytes - 100);
    }

    [Theory]
    [InlineData("", "no zip")]
    [InlineData("PK", "no zip")]
    [InlineData("this is a text that is long enough to be no zip at all", "no zip")]
    public void What_is_no_zip_is_refused(string content, string reason)
    {
        using TempFolder folder = new();
        Refused(folder.Write("x.nupkg", Encoding.ASCII.GetBytes(content)), reason);
    }

    [Fact]
    public async Task A_package_that_was_cut_off_is_refused()
    {
        using TempFolder folder = new();
        await TestNuGet.PackAsync(folder.Path);
        byte[] bytes = File.ReadAllBytes(folder.File("acme-tiny.q4_k_m.1.2.0.nupkg"));
        Refused(folder.Write("x.nupkg", bytes.AsSpan(0, bytes.Length - 1)), "cut off");
    }

    [Theory]
    [InlineData("a.txt", "x", "0 entries *.nuspec")]
    [InlineData("x.nuspec", "<package>", "no package that can be read")]
    [InlineData("x.nuspec", "<!DOCTYPE p [<!ENTITY a 'b'>]><package/>", "no package that can be read")]
    [InlineData("x.nuspec", "<package><metadata><id>../x</id><version>1.0.0</version></metadata></package>", "says id '../x'")]
    [InlineData("x.nuspec", "<package><metadata><id>..</id><version>1.0.0</version></metadata></package>", "says id '..'")]
    [InlineData("x.nuspec", "<package><metadata><id>x</id><version>../1</version></metadata></package>", "version '../1'")]
    [InlineData("x.nuspec", "<package><metadata><id>x</id><version>1.0.0</version></metadata></package>", "neither a model's package nor a part")]
    [InlineData("x.nuspec", Good, "neither a model's package nor a part")]
    public void Packages_of_others_are_refused(string entry, string content, string reason)
    {
        using TempFolder folder = new();
        Refused(Zip(folder, (entry, content)), reason);
    }

    [Theory]
    [InlineData("{", "no record of a model")]
    [InlineData("[]", "no record of a model")]
    [InlineData("""{"schemaVersion":2}""", "schemaVersion 2; expected 1")]
    [InlineData("""{"schemaVersion":1,"id":"y","packageVersion":"1.0.0","name":"y","version":"1.0.0","licenses":[],"audit":"none","parts":[],"files":[]}""", "its record is of y 1.0.0")]
    [InlineData("""{"schemaVersion":1,"id":"x","packageVersion":"1.0.0","name":"x","version":"1.0.0","licenses":[],"audit":"none","parts":[],"files":[{"path":"../a","bytes":1,"sha256":"0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef","slices":[]}]}""", "leaves the folder")]
    [InlineData("""{"schemaVersion":1,"id":"x","packageVersion":"1.0.0","name":"x","version":"1.0.0","licenses":[],"audit":"none","parts":[],"files":[{"path":"a","bytes":1,"sha256":"xyz","slices":[]}]}""", "digest 'sha256:xyz'")]
    [InlineData("""{"schemaVersion":1,"id":"x","packageVersion":"1.0.0","name":"x","version":"1.0.0","licenses":[],"audit":"none","parts":[],"files":[{"path":"a","bytes":1,"sha256":"0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef","slices":[{"part":1,"entry":"e","bytes":1,"sha256":"0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"}]}]}""", "a part that is not listed")]
    public void A_record_that_breaks_its_rules_is_refused(string record, string reason)
    {
        using TempFolder folder = new();
        Refused(Zip(folder, ("x.nuspec", Good), (NuGetManifest.FileName, record)), reason);
    }

    private static void Refused(string path, string reason)
    {
        InvalidPackageException fault = Assert.Throws<InvalidPackageException>(() => NuGetArchive.Open(path));
        Assert.StartsWith(path, fault.Message, StringComparison.Ordinal);
        Assert.Contains(reason, fault.Message, StringComparison.Ordinal);
    }

    private static string Zip(TempFolder folder, params (string Name, string Content)[] entries)
    {
        string path = folder.File("x.nupkg");
        using ZipArchive zip = ZipFile.Open(path, ZipArchiveMode.Create);
        foreach ((string name, string content) in entries)
        {
            using Stream stream = zip.CreateEntry(name).Open();
            stream.Write(Encoding.UTF8.GetBytes(content));
        }

        return path;
    }
}
