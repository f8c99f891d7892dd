using System.IO.Compression;
using System.Text;
using System.Xml.Linq;
using ModelPack.Models;
using ModelPack.Packaging;
using ModelPack.Packaging.NuGet;
using ModelPack.Packaging.Packing;
using ModelPack.Tests.Support;

namespace ModelPack.Tests.Packaging.NuGet;

public sealed class NuGetPackerTests
{
    [Fact]
    public async Task Parts_are_bounded_and_their_slices_make_the_files()
    {
        using TempFolder folder = new();
        NuGetPackResult result = await TestNuGet.PackAsync(folder.Path);
        Assert.Equal(
            ["acme-tiny.q4_k_m.1.2.0.nupkg", "acme-tiny.q4_k_m.Part001.1.2.0.nupkg", "acme-tiny.q4_k_m.Part002.1.2.0.nupkg", "acme-tiny.q4_k_m.Part003.1.2.0.nupkg"],
            Directory.EnumerateFiles(folder.Path).Select(Path.GetFileName).Order(StringComparer.Ordinal));
        Assert.All(result.Record.Parts, p => Assert.InRange(p.Bytes, 1, NuGetPackOptions.SmallestPart));
        Assert.All(result.Record.Parts.Append(result.Model), p => Assert.Equal(p.Bytes, new FileInfo(folder.File(p.Identity.FileName)).Length));

        // The longest number of parts is counted for, so that a full part is a few bytes below its limit, not more.
        Assert.InRange(result.Record.Parts[0].Bytes, NuGetPackOptions.SmallestPart - 16, NuGetPackOptions.SmallestPart);
        NuGetFileRecord model = result.Record.Files.Single(static f => f.Path == "model.gguf");
        Assert.Equal(3, model.Slices.Count);
        byte[] joined = [.. model.Slices.SelectMany(s => TestNuGet.Entry(folder.File($"acme-tiny.q4_k_m.Part00{s.Part}.1.2.0.nupkg"), s.Entry))];
        Assert.Equal(TestPackage.Bytes(5 << 19), joined);
        Assert.Equal(RegistryDouble.DigestOf(joined), model.Digest.ToString());
    }

    [Fact]
    public async Task The_same_input_gives_the_same_bytes_whatever_the_clock_says()
    {
        using TempFolder folder = new();
        await TestNuGet.PackAsync(folder.File("a"));
        await TestNuGet.PackAsync(folder.File("b"));
        await TestNuGet.PackAsync(folder.File("b"));
        string[] names = [.. Directory.EnumerateFiles(folder.File("a")).Select(static f => Path.GetFileName(f))];
        Assert.Equal(4, names.Length);
        Assert.All(names, name => Assert.Equal(File.ReadAllBytes(folder.File($"a/{name}")), File.ReadAllBytes(folder.File($"b/{name}"))));
    }

    [Fact]
    public async Task The_model_s_package_depends_on_exactly_its_parts()
    {
        using TempFolder folder = new();
        await TestNuGet.PackAsync(folder.Path, "1.2.0-rc.1+b7");
        XElement metadata = Metadata(folder.File("acme-tiny.q4_k_m.1.2.0-rc.1.nupkg"));
        Assert.Equal(("acme-tiny.q4_k_m", "1.2.0-rc.1", "Apache-2.0"), (Value(metadata, "id"), Value(metadata, "version"), Value(metadata, "license")));
        Assert.Equal(
            [("acme-tiny.q4_k_m.Part001", "[1.2.0-rc.1]"), ("acme-tiny.q4_k_m.Part002", "[1.2.0-rc.1]"), ("acme-tiny.q4_k_m.Part003", "[1.2.0-rc.1]")],
            metadata.Descendants().Where(static e => e.Name.LocalName == "dependency").Select(static e => ((string)e.Attribute("id")!, (string)e.Attribute("version")!)));
        NuGetManifest record = NuGetArchive.Open(folder.File("acme-tiny.q4_k_m.1.2.0-rc.1.nupkg")).Manifest!;
        Assert.Equal(("1.2.0-rc.1+b7", "1.2.0-rc.1", "obligations", "q4_k"), (record.Version, record.Identity.Version, record.Audit, record.Description.Quantization));
    }

    [Fact]
    public async Task Every_package_carries_the_texts_that_the_licenses_ask_for()
    {
        using TempFolder folder = new();
        PackageRequest request = TestPackage.Request(
            "1.0.0", null, ("model.gguf", TestPackage.Bytes(3 << 19)), ("NOTICE", TestPackage.Text("n")), ("STATEMENTS.md", TestPackage.Text("s")), ("LICENSES/Licence ä.txt", TestPackage.Text("l")), ("docs/NOTICE", TestPackage.Text("no")), ("LICENSE.nuspec", TestPackage.Text("no")));
        await TestNuGet.PackAsync(folder.Path, request);
        Assert.Equal(3, Directory.GetFiles(folder.Path).Length);
        Assert.All(Directory.GetFiles(folder.Path), package =>
        {
            using ZipArchive zip = ZipFile.OpenRead(package);
            string[] names = [.. zip.Entries.Select(static e => e.FullName)];
            Assert.Contains("NOTICE", names);
            Assert.Contains("STATEMENTS.md", names);
            Assert.Contains("LICENSES/Licence%20%C3%A4.txt", names);
            Assert.DoesNotContain("docs/NOTICE", names);
            Assert.Single(names, static n => n.EndsWith(".nuspec", StringComparison.Ordinal));
        });
    }

    [Theory]
    [InlineData("MIT", "expression", "MIT")]
    [InlineData("MIT OR Apache-2.0", "expression", "MIT OR Apache-2.0")]
    [InlineData("MIT OR Apache-2.0|CC-BY-4.0", "expression", "(MIT OR Apache-2.0) AND CC-BY-4.0")]
    [InlineData("LicenseRef-Llama-3.1", "file", "LICENSES/Apache-2.0.txt")]
    [InlineData("MIT|LicenseRef-Llama-3.1", "file", "LICENSES/Apache-2.0.txt")]
    [InlineData("", "file", "LICENSES/Apache-2.0.txt")]
    public async Task A_license_that_SPDX_does_not_list_is_a_file(string licenses, string type, string expected)
    {
        using TempFolder folder = new();
        PackageRequest request = TestPackage.Request("1.0.0", null, ("a.gguf", [1]), ("LICENSES/Apache-2.0.txt", TestPackage.Text("text")));
        await TestNuGet.PackAsync(folder.Path, request with { Licenses = [.. licenses.Split('|', StringSplitOptions.RemoveEmptyEntries)] });
        foreach (string package in Directory.EnumerateFiles(folder.Path))
        {
            XElement license = Metadata(package).Elements().Single(static e => e.Name.LocalName == "license");
            Assert.Equal((type, expected), ((string)license.Attribute("type")!, license.Value));
        }
    }

    [Fact]
    public async Task Several_license_texts_become_one_file_and_none_at_all_is_not_made_up()
    {
        using TempFolder folder = new();
        PackageRequest two = TestPackage.Request("1.0.0", "two", ("a.gguf", [1]), ("LICENSE.txt", TestPackage.Text("first")), ("LICENSES/B.txt", TestPackage.Text("second"))) with { Licenses = ["LicenseRef-X"] };
        await TestNuGet.PackAsync(folder.Path, two);
        string text = Encoding.UTF8.GetString(TestNuGet.Entry(folder.File("acme-tiny.two.1.0.0.nupkg"), "PACKAGE-LICENSE.txt"));
        Assert.Contains("License: LicenseRef-X", text, StringComparison.Ordinal);
        Assert.Contains("first", text, StringComparison.Ordinal);
        Assert.Contains("==== LICENSES/B.txt ====\n\nsecond", text, StringComparison.Ordinal);

        await TestNuGet.PackAsync(folder.Path, TestPackage.Request("1.0.0", "none", ("a.gguf", [1])) with { Licenses = [] });
        Assert.DoesNotContain(Metadata(folder.File("acme-tiny.none.1.0.0.nupkg")).Elements(), static e => e.Name.LocalName is "license" or "licenseUrl");
    }

    [Fact]
    public async Task Names_that_MSBuild_would_read_as_code_are_escaped()
    {
        using TempFolder folder = new();
        const string name = "a;b $(OutDir) @(x) %41 'q' & \u00e4.json";
        await TestNuGet.PackAsync(folder.Path, TestPackage.Request("1.0.0", null, (name, [1, 2])));
        string targets = Encoding.UTF8.GetString(TestNuGet.Entry(folder.File("acme-tiny.1.0.0.nupkg"), "buildTransitive/acme-tiny.targets"));
        Assert.Contains("a%3Bb %24%28OutDir%29 %40%28x%29 %2541 %27q%27 &amp; \u00e4.json", targets, StringComparison.Ordinal);
        Assert.NotNull(XDocument.Parse(targets).Root);
    }

    [Fact]
    public async Task Only_a_model_whose_files_were_cut_brings_a_task_along()
    {
        using TempFolder folder = new();
        await TestNuGet.PackAsync(folder.Path);
        await TestNuGet.PackAsync(folder.Path, TestPackage.Request("1.0.0", "small", ("a.gguf", [1])));
        Assert.Contains("UsingTask", Encoding.UTF8.GetString(TestNuGet.Entry(folder.File("acme-tiny.q4_k_m.1.2.0.nupkg"), "buildTransitive/acme-tiny.q4_k_m.targets")), StringComparison.Ordinal);
        Assert.DoesNotContain("UsingTask", Encoding.UTF8.GetString(TestNuGet.Entry(folder.File("acme-tiny.small.1.0.0.nupkg"), "buildTransitive/acme-tiny.small.targets")), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Other_content_of_the_same_version_needs_overwrite_and_leaves_no_part_behind()
    {
        using TempFolder folder = new();
        await TestNuGet.PackAsync(folder.Path);
        byte[] before = File.ReadAllBytes(folder.File("acme-tiny.q4_k_m.1.2.0.nupkg"));
        PackageRequest other = TestPackage.Request("1.2.0", "q4_k_m", ("model.gguf", [1]));
        ModelPackException fault = await Assert.ThrowsAsync<ModelPackException>(() => TestNuGet.PackAsync(folder.Path, other));
        Assert.Contains("is there with other content", fault.Message, StringComparison.Ordinal);
        Assert.Equal(before, File.ReadAllBytes(folder.File("acme-tiny.q4_k_m.1.2.0.nupkg")));
        Assert.Equal(4, Directory.GetFiles(folder.Path).Length);

        await TestNuGet.PackAsync(folder.Path, other with { Overwrite = true });
        Assert.Equal(["acme-tiny.q4_k_m.1.2.0.nupkg", "acme-tiny.q4_k_m.Part001.1.2.0.nupkg"], Directory.EnumerateFiles(folder.Path).Select(Path.GetFileName).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task A_pack_that_is_stopped_or_fails_leaves_nothing()
    {
        using TempFolder folder = new();
        using CancellationTokenSource stop = new();
        PackageRequest request = TestPackage.Request("1.2.0", null, ("model.gguf", TestPackage.Bytes(5 << 19)));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(
            () => NuGetPacker.RunAsync(request, TestNuGet.Small, folder.File("out"), new StopAt(stop, 1 << 20), stop.Token));
        Assert.Empty(Directory.EnumerateFileSystemEntries(folder.File("out")));

        string source = folder.Write("shrinks.gguf", TestPackage.Bytes(5 << 19));
        PackageRequest shrinking = request with { Files = [new("model.gguf", source)] };
        await Assert.ThrowsAsync<ModelPackException>(
            () => NuGetPacker.RunAsync(shrinking, TestNuGet.Small, folder.File("out"), new Shrink(source), TestContext.Current.CancellationToken));
        Assert.Empty(Directory.EnumerateFileSystemEntries(folder.File("out")));
    }

    [Theory]
    [InlineData("../up.json")]
    [InlineData("/etc/passwd")]
    [InlineData("a/../b")]
    [InlineData(".modelpack/x")]
    public async Task A_path_that_leaves_the_model_s_folder_is_refused(string path)
    {
        using TempFolder folder = new();
        await Assert.ThrowsAsync<InvalidPackageException>(() => TestNuGet.PackAsync(folder.Path, TestPackage.Request("1.0.0", null, (path, [1]))));
        Assert.Empty(Directory.EnumerateFileSystemEntries(folder.Path));
    }

    [Theory]
    [InlineData((1 << 20) - 1, false)]
    [InlineData(1 << 20, true)]
    [InlineData(4095L << 20, true)]
    [InlineData((4095L << 20) + 1, false)]
    public void Parts_have_a_mebibyte_at_least_and_need_no_Zip64(long bytes, bool good)
    {
        if (good)
        {
            Assert.Equal(bytes, new NuGetPackOptions { PartBytes = bytes }.PartBytes);
            return;
        }

        ModelPackException fault = Assert.Throws<ModelPackException>(() => new NuGetPackOptions { PartBytes = bytes });
        Assert.Contains("expected 1MiB to 4095MiB", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task License_texts_that_fill_a_part_are_refused()
    {
        using TempFolder folder = new();
        ModelPackException fault = await Assert.ThrowsAsync<ModelPackException>(
            () => TestNuGet.PackAsync(folder.Path, TestPackage.Request("1.0.0", null, ("a.gguf", [1]), ("LICENSE", TestPackage.Bytes(600 << 10)))));
        Assert.Contains("raise --part-size", fault.Message, StringComparison.Ordinal);
    }

    private static XElement Metadata(string package)
    {
        string id = NuGetArchive.Open(package).Identity.Id;
        return XDocument.Load(new MemoryStream(TestNuGet.Entry(package, $"{id}.nuspec"))).Root!.Elements().Single();
    }

    private static string Value(XElement metadata, string name) => metadata.Elements().Single(e => e.Name.LocalName == name).Value;

    private sealed class StopAt(CancellationTokenSource stop, long bytes) : IProgress<long>
    {
        public void Report(long value)
        {
            if (value >= bytes)
            {
                stop.Cancel();
            }
        }
    }

    private sealed class Shrink(string path) : IProgress<long>
    {
        public void Report(long value)
        {
            using FileStream file = new(path, FileMode.Open, FileAccess.Write, FileShare.ReadWrite);
            file.SetLength(1 << 20);
        }
    }
}
