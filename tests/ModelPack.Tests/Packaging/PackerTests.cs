using System.Text.Json;
using ModelPack.Models;
using ModelPack.Packaging.Layouts;
using ModelPack.Packaging.Oci;
using ModelPack.Packaging.Packing;
using ModelPack.Tests.Support;

namespace ModelPack.Tests.Packaging;

public sealed class PackerTests
{
    private static readonly (string, byte[])[] Files =
    [
        ("model.gguf", TestPackage.Bytes(5000)),
        ("config.json", TestPackage.Text("{}")),
        ("README.md", TestPackage.Text("# tiny")),
        ("LICENSE", TestPackage.Text("text")),
        ("code/run.py", TestPackage.Text("pass")),
        ("merges.txt", TestPackage.Text("a b")),
        ("train.jsonl", TestPackage.Text("{}")),
        ("odd.xyz", TestPackage.Text("?")),
    ];

    [Fact]
    public async Task Every_file_is_a_raw_layer_of_its_kind()
    {
        using TempFolder folder = new();
        PackageResult package = await TestPackage.PackAsync(folder.File("layout"), "1.2.0", "q4_k_m", Files);
        Assert.Equal("application/vnd.cncf.model.manifest.v1+json", package.Manifest.ArtifactType);
        Assert.Equal(
            [
                ("LICENSE", "application/vnd.cncf.model.doc.v1.raw", null),
                ("README.md", "application/vnd.cncf.model.doc.v1.raw", null),
                ("code/run.py", "application/vnd.cncf.model.code.v1.raw", null),
                ("config.json", "application/vnd.cncf.model.weight.config.v1.raw", null),
                ("merges.txt", "application/vnd.cncf.model.weight.config.v1.raw", null),
                ("model.gguf", "application/vnd.cncf.model.weight.v1.raw", null),
                ("odd.xyz", "application/vnd.cncf.model.weight.config.v1.raw", "true"),
                ("train.jsonl", "application/vnd.cncf.model.dataset.v1.raw", null),
            ],
            package.Manifest.Layers.Select(static l => (l.Annotation("org.cncf.model.filepath")!, l.MediaType, l.Annotation("org.cncf.model.file.mediatype.untested"))));
        Assert.Equal(["1.2.0", "1.2.0-q4_k_m"], package.Tags);
    }

    [Fact]
    public async Task The_config_says_what_the_specification_asks_for_and_nothing_else()
    {
        using TempFolder folder = new();
        PackageResult package = await TestPackage.PackAsync(folder.File("layout"), "1.2.0+b7", null, Files);
        Assert.Equal("application/vnd.cncf.model.config.v1+json", package.Manifest.Config!.MediaType);
        using JsonDocument document = JsonDocument.Parse(File.ReadAllBytes(folder.File($"layout/blobs/sha256/{package.Manifest.Config.Digest.Hex}")));
        JsonElement root = document.RootElement;
        Assert.Equal(["config", "descriptor", "modelfs"], root.EnumerateObject().Select(static p => p.Name));
        Assert.Equal(package.Manifest.Layers.Select(static l => l.Digest.ToString()), root.GetProperty("modelfs").GetProperty("diffIds").EnumerateArray().Select(static d => d.GetString()));
        Assert.Equal("""{"licenses":["Apache-2.0"],"name":"acme-tiny","version":"1.2.0+b7"}""", root.GetProperty("descriptor").GetRawText());
        Assert.Equal(
            """{"architecture":"qwen3moe","capabilities":{"inputTypes":["text"],"languages":["en"],"outputTypes":["text"]},"format":"gguf","paramSize":"5.8M","quantization":"q4_k"}""",
            root.GetProperty("config").GetRawText());
    }

    [Theory]
    [InlineData(8_030_261_312, "8B")]
    [InlineData(30_532_122_624, "30.5B")]
    [InlineData(1_000_000_000_000, "1T")]
    [InlineData(500, "0.5K")]
    [InlineData(0, "0K")]
    public void A_size_is_written_as_the_schema_wants_it(long parameters, string expected)
    {
        Assert.Equal(expected, ModelConfig.ParamSize(parameters));
        Assert.Matches(@"^\d+(\.\d)?[QTBMK]$", expected);
    }

    [Fact]
    public async Task The_same_input_has_the_same_digests_and_a_time_only_when_asked()
    {
        using TempFolder folder = new();
        PackageResult first = await TestPackage.PackAsync(folder.File("a"), "1.2.0", "q4", Files);
        PackageResult second = await TestPackage.PackAsync(folder.File("b"), "1.2.0", "q4", [.. Files.Reverse()]);
        Assert.Equal((first.Index.Digest, first.Manifest.Digest), (second.Index.Digest, second.Manifest.Digest));
        Assert.Equal(File.ReadAllBytes(folder.File("a/index.json")), File.ReadAllBytes(folder.File("b/index.json")));

        using LayoutStore layout = LayoutStore.OpenOrCreate(folder.File("c"));
        PackageResult timed = await Packer.RunAsync(
            TestPackage.Request("1.2.0", "q4", Files) with { Created = DateTimeOffset.FromUnixTimeSeconds(1_700_000_000) },
            layout, new TestPackage.Silent<long>(), TestContext.Current.CancellationToken);
        Assert.NotEqual(first.Manifest.Digest, timed.Manifest.Digest);
        Assert.Equal("2023-11-14T22:13:20Z", timed.Manifest.Annotation("org.opencontainers.image.created"));
    }

    [Fact]
    public async Task A_second_variant_joins_the_version_and_shares_its_blobs()
    {
        using TempFolder folder = new();
        string layout = folder.File("layout");
        PackageResult first = await TestPackage.PackAsync(layout, "1.2.0", "q8_0", ("model.gguf", TestPackage.Bytes(9000, 2)), ("tokenizer.json", TestPackage.Text("{}")));
        PackageResult second = await TestPackage.PackAsync(layout, "1.2.0", "q4_k_m", ("model.gguf", TestPackage.Bytes(5000)), ("tokenizer.json", TestPackage.Text("{}")));
        Assert.Equal(["q4_k_m", "q8_0"], second.Variants);
        Assert.Equal([second.Manifest.Digest, first.Manifest.Digest], second.Index.Manifests.Select(static m => m.Digest));
        Assert.Equal(first.Manifest.Layers[1].Digest, second.Manifest.Layers[1].Digest);
        using LayoutStore store = LayoutStore.Open(layout);
        Assert.Equal(["1.2.0", "1.2.0-q4_k_m", "1.2.0-q8_0"], await store.TagsAsync(TestContext.Current.CancellationToken));
        Assert.Equal(second.Index.Digest, (await store.GetAsync("1.2.0", TestContext.Current.CancellationToken)).Digest);
    }

    [Fact]
    public async Task The_same_variant_with_other_content_is_refused()
    {
        using TempFolder folder = new();
        string layout = folder.File("layout");
        await TestPackage.PackAsync(layout, "1.2.0", "q4", Files);
        await TestPackage.PackAsync(layout, "1.2.0", "q4", Files);
        byte[] before = File.ReadAllBytes(folder.File("layout/index.json"));
        await Assert.ThrowsAsync<ModelPackException>(() => TestPackage.PackAsync(layout, "1.2.0", "q4", ("model.gguf", TestPackage.Bytes(7))));
        Assert.Equal(before, File.ReadAllBytes(folder.File("layout/index.json")));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_file_is_copied_or_linked_and_named_by_its_digest(bool link)
    {
        using TempFolder folder = new();
        byte[] bytes = TestPackage.Bytes(3_000_000);
        string file = folder.Write("model.gguf", bytes);
        using LayoutStore layout = LayoutStore.OpenOrCreate(folder.File("layout"));
        PackageResult package = await Packer.RunAsync(
            TestPackage.Request("1.0.0", null) with { Files = [new("model.gguf", file)], Link = link },
            layout, new TestPackage.Silent<long>(), TestContext.Current.CancellationToken);
        Assert.Equal((RegistryDouble.DigestOf(bytes), 3_000_000L), (package.Manifest.Layers[0].Digest.ToString(), package.Manifest.Layers[0].Size));
        string blob = layout.BlobPath(package.Manifest.Layers[0].Digest);
        Assert.Equal(bytes, File.ReadAllBytes(blob));
        Assert.DoesNotContain(Directory.EnumerateFileSystemEntries(layout.Folder, "*", SearchOption.AllDirectories), static f => f.Contains(".partial", StringComparison.Ordinal));

        // A second name shows what is written through the first.
        using (FileStream stream = new(file, FileMode.Open, FileAccess.Write))
        {
            stream.WriteByte((byte)~bytes[0]);
        }

        Assert.Equal(link, File.ReadAllBytes(blob)[0] != bytes[0]);
    }

    [Fact]
    public async Task A_folder_of_other_things_is_no_place_for_a_layout()
    {
        using TempFolder folder = new();
        folder.Write("precious.txt", [1]);
        await Assert.ThrowsAnyAsync<ModelPackException>(() => TestPackage.PackAsync(folder.Path, "1.0.0", null, Files));
        Assert.Equal(["precious.txt"], Directory.EnumerateFileSystemEntries(folder.Path).Select(Path.GetFileName));
    }

    [Theory]
    [InlineData("../out.json")]
    [InlineData("/abs.json")]
    public async Task A_path_that_leaves_the_package_is_not_packed(string path)
    {
        using TempFolder folder = new();
        await Assert.ThrowsAnyAsync<ModelPackException>(() => TestPackage.PackAsync(folder.File("layout"), "1.0.0", null, (path, [1])));
    }

    [Fact]
    public void Json_is_written_in_one_way()
    {
        byte[] bytes = CanonicalJson.Bytes(System.Text.Json.Nodes.JsonNode.Parse("""{ "b": [1, {"z": "a+b/ü", "y": null}], "a": "x" }""")!);
        Assert.Equal("""{"a":"x","b":[1,{"y":null,"z":"a+b/ü"}]}""", System.Text.Encoding.UTF8.GetString(bytes));
    }
}
