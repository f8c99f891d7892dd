using ModelPack.Models;
using ModelPack.Packaging;
using ModelPack.Packaging.Layouts;
using ModelPack.Packaging.Oci;
using ModelPack.Packaging.Registries;
using ModelPack.Tests.Support;

namespace ModelPack.Tests.Packaging;

public sealed class PullTests
{
    [Theory]
    [InlineData("../evil.txt")]
    [InlineData("/tmp/evil.txt")]
    [InlineData("a/../../evil.txt")]
    [InlineData("..\\evil.txt")]
    [InlineData(".modelpack/manifest.json")]
    public async Task A_path_that_leaves_the_folder_writes_nothing(string path)
    {
        using TempFolder folder = new();
        using RegistryDouble registry = new();
        Serve(registry, (path, TestPackage.Text("evil")));
        using RegistryStore store = TestPackage.Registry(registry.Host, "a");
        await Assert.ThrowsAsync<InvalidPackageException>(() => TestPackage.PullAsync(store, "1.0.0", folder.File("out/deep")));
        Assert.DoesNotContain(Directory.EnumerateFiles(folder.Path, "*", SearchOption.AllDirectories), static f => f.EndsWith("evil.txt", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("sub")]
    [InlineData("model.gguf")]
    [InlineData("model.gguf.partial")]
    public async Task A_link_in_the_folder_does_not_lead_out_of_it(string name)
    {
        using TempFolder folder = new();
        string outside = Directory.CreateDirectory(folder.File("outside")).FullName;
        string target = folder.Write("outside/victim", [1, 2, 3]);
        Directory.CreateDirectory(folder.File("out"));
        if (name == "sub")
        {
            Directory.CreateSymbolicLink(folder.File("out/sub"), outside);
        }
        else
        {
            File.CreateSymbolicLink(folder.File($"out/{name}"), target);
        }

        using RegistryDouble registry = new();
        Serve(registry, ("model.gguf", TestPackage.Bytes(100)), ("sub/victim", TestPackage.Bytes(100)));
        using RegistryStore store = TestPackage.Registry(registry.Host, "a");
        await Assert.ThrowsAsync<InvalidPackageException>(() => TestPackage.PullAsync(store, "1.0.0", folder.File("out")));
        Assert.Equal([1, 2, 3], File.ReadAllBytes(target));
        Assert.Equal(["victim"], Directory.EnumerateFileSystemEntries(outside).Select(Path.GetFileName));
    }

    [Fact]
    public async Task A_blob_with_another_digest_gets_no_name()
    {
        using TempFolder folder = new();
        using RegistryDouble registry = new();
        byte[] good = TestPackage.Bytes(5000);
        Serve(registry, ("model.gguf", good));
        registry.Blobs[RegistryDouble.DigestOf(good)] = TestPackage.Bytes(5000, 2);
        using RegistryStore store = TestPackage.Registry(registry.Host, "a");
        InvalidPackageException fault = await Assert.ThrowsAsync<InvalidPackageException>(() => TestPackage.PullAsync(store, "1.0.0", folder.File("out")));
        Assert.Contains(RegistryDouble.DigestOf(good), fault.Message, StringComparison.Ordinal);
        Assert.False(File.Exists(folder.File("out/model.gguf")));
        Assert.False(Directory.Exists(folder.File("out/.modelpack")));
    }

    [Fact]
    public async Task A_blob_of_another_length_gets_no_name()
    {
        using TempFolder folder = new();
        using RegistryDouble registry = new();
        byte[] good = TestPackage.Bytes(5000);
        Serve(registry, ("model.gguf", good));
        registry.Blobs[RegistryDouble.DigestOf(good)] = good[..4000];
        using RegistryStore store = TestPackage.Registry(registry.Host, "a");
        await Assert.ThrowsAnyAsync<ModelPackException>(() => TestPackage.PullAsync(store, "1.0.0", folder.File("out")));
        Assert.False(File.Exists(folder.File("out/model.gguf")));
    }

    [Fact]
    public async Task A_connection_that_is_cut_goes_on_where_it_stopped()
    {
        using TempFolder folder = new();
        using RegistryDouble registry = new();
        byte[] bytes = TestPackage.Bytes(300_000);
        Serve(registry, ("model.gguf", bytes));
        int cuts = 0;
        registry.Fault = context =>
        {
            if (context.Request.HttpMethod != "GET" || !context.Request.RawUrl!.EndsWith(RegistryDouble.DigestOf(bytes), StringComparison.Ordinal) || cuts++ > 0)
            {
                return false;
            }

            context.Response.ContentLength64 = bytes.Length;
            context.Response.OutputStream.Write(bytes, 0, 100_000);
            context.Response.OutputStream.Flush();
            Thread.Sleep(200);
            context.Response.Abort();
            return true;
        };
        using RegistryStore store = TestPackage.Registry(registry.Host, "a");
        await TestPackage.PullAsync(store, "1.0.0", folder.File("out"));
        Assert.Equal(bytes, File.ReadAllBytes(folder.File("out/model.gguf")));
        Assert.Contains(registry.Log, static l => l.EndsWith("bytes=100000-", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task What_an_earlier_pull_left_is_used_when_it_is_right(bool right)
    {
        using TempFolder folder = new();
        using RegistryDouble registry = new();
        byte[] bytes = TestPackage.Bytes(50_000);
        Serve(registry, ("model.gguf", bytes));
        Directory.CreateDirectory(folder.File("out"));
        folder.Write("out/model.gguf.partial", (right ? bytes : TestPackage.Bytes(50_000, 9)).AsSpan(0, 20_000));
        using RegistryStore store = TestPackage.Registry(registry.Host, "a");
        await TestPackage.PullAsync(store, "1.0.0", folder.File("out"));
        Assert.Equal(bytes, File.ReadAllBytes(folder.File("out/model.gguf")));
        string blob = $"GET /v2/a/blobs/{RegistryDouble.DigestOf(bytes)}";
        Assert.Equal(right ? [$"{blob} bytes=20000-"] : [$"{blob} bytes=20000-", blob], registry.Log.Where(l => l.StartsWith(blob, StringComparison.Ordinal)));
    }

    [Fact]
    public async Task A_range_that_lies_is_refused()
    {
        using TempFolder folder = new();
        using RegistryDouble registry = new();
        byte[] bytes = TestPackage.Bytes(50_000);
        Serve(registry, ("model.gguf", bytes));
        Directory.CreateDirectory(folder.File("out"));
        folder.Write("out/model.gguf.partial", bytes.AsSpan(0, 20_000));
        registry.Fault = static context => context.Request.Headers["Range"] is not null && RegistryDouble.Answer(context, 206, ("Content-Range", "bytes 30000-49999/50000"));
        using RegistryStore store = TestPackage.Registry(registry.Host, "a");
        await Assert.ThrowsAsync<InvalidPackageException>(() => TestPackage.PullAsync(store, "1.0.0", folder.File("out")));
        Assert.False(File.Exists(folder.File("out/model.gguf")));
    }

    [Fact]
    public async Task A_file_of_other_content_is_not_replaced_unasked()
    {
        using TempFolder folder = new();
        await TestPackage.PackAsync(folder.File("layout"), "1.0.0", null, ("model.gguf", TestPackage.Bytes(100)));
        using LayoutStore layout = LayoutStore.Open(folder.File("layout"));
        Directory.CreateDirectory(folder.File("out"));
        folder.Write("out/model.gguf", [1]);
        await Assert.ThrowsAsync<ModelPackException>(() => TestPackage.PullAsync(layout, "1.0.0", folder.File("out")));
        Assert.Equal([1], File.ReadAllBytes(folder.File("out/model.gguf")));
    }

    [Fact]
    public async Task Of_several_variants_one_must_be_named()
    {
        using TempFolder folder = new();
        await TestPackage.PackAsync(folder.File("layout"), "1.0.0", "a", ("model.gguf", [1]));
        await TestPackage.PackAsync(folder.File("layout"), "1.0.0", "b", ("model.gguf", [2]));
        using LayoutStore layout = LayoutStore.Open(folder.File("layout"));
        await Assert.ThrowsAsync<ModelPackException>(() => TestPackage.PullAsync(layout, "1.0.0", folder.File("out")));
        await Assert.ThrowsAsync<ModelPackException>(() => TestPackage.PullAsync(layout, "1.0.0", folder.File("out"), "c"));
        await TestPackage.PullAsync(layout, "1.0.0", folder.File("out"), "b");
        Assert.Equal([2], File.ReadAllBytes(folder.File("out/model.gguf")));
    }

    private static void Serve(RegistryDouble registry, params (string Path, byte[] Bytes)[] files)
    {
        byte[] config = TestPackage.Text("{}");
        registry.Blobs[RegistryDouble.DigestOf(config)] = config;
        List<Descriptor> layers = [];
        foreach ((string path, byte[] bytes) in files)
        {
            registry.Blobs[RegistryDouble.DigestOf(bytes)] = bytes;
            layers.Add(new(MediaTypes.Raw("weight"), Digest.Of(bytes), bytes.Length) { Annotations = new Dictionary<string, string> { [AnnotationKeys.FilePath] = path } });
        }

        OciManifest manifest = OciManifest.OfModel(new(MediaTypes.ModelConfig, Digest.Of(config), config.Length), layers, new Dictionary<string, string>());
        registry.Manifests["1.0.0"] = registry.Manifests[manifest.Digest.ToString()] = (manifest.Bytes.ToArray(), manifest.MediaType);
    }
}
