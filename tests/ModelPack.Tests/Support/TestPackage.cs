using System.Text;
using System.Text.Json.Nodes;
using ModelPack.Packaging;
using ModelPack.Packaging.Layouts;
using ModelPack.Packaging.Packing;
using ModelPack.Packaging.Registries;
using ModelPack.Packaging.Transfers;

namespace ModelPack.Tests.Support;

/// <summary>Small packages and stores for tests.</summary>
internal static class TestPackage
{
    /// <summary>Packs texts and bytes into a layout.</summary>
    public static async Task<PackageResult> PackAsync(string folder, string version, string? variant, params (string Path, byte[] Bytes)[] files)
    {
        using LayoutStore layout = LayoutStore.OpenOrCreate(folder);
        return await Packer.RunAsync(Request(version, variant, files), layout, new Silent<long>(), TestContext.Current.CancellationToken);
    }

    /// <summary>What to pack.</summary>
    public static PackageRequest Request(string version, string? variant, params (string Path, byte[] Bytes)[] files) => new()
    {
        Name = "acme-tiny",
        Version = PackageVersion.Parse(version),
        Variant = variant,
        Files = [.. files.Select(static f => new PackageFile(f.Path, null, f.Bytes))],
        Description = new() { Architecture = "qwen3moe", Format = "gguf", Parameters = 5_800_000, Quantization = "q4_k", IsTextModel = true, Languages = ["en"] },
        Licenses = ["Apache-2.0"],
        Audit = "obligations",
    };

    /// <summary>Bytes that look random and are the same each time.</summary>
    public static byte[] Bytes(int length, int seed = 1)
    {
        byte[] bytes = new byte[length];
        new Random(seed).NextBytes(bytes);
        return bytes;
    }

    public static byte[] Text(string text) => Encoding.UTF8.GetBytes(text);

    /// <summary>Writes a config of docker in which someone is logged in.</summary>
    /// <param name="folder">Where to.</param>
    /// <param name="host">Name and port of the registry.</param>
    /// <param name="user">NAME:PASSWORD.</param>
    public static CredentialStore Login(TempFolder folder, string host, string user)
    {
        string auth = Convert.ToBase64String(Text(user));
        JsonObject config = new() { ["auths"] = new JsonObject { [host] = new JsonObject { ["auth"] = auth } } };
        return new([folder.Write($"auth-{Guid.NewGuid()}.json", Text(config.ToJsonString()))]);
    }

    /// <summary>Quick retries, no waiting, small chunks.</summary>
    public static RegistryOptions Options(long chunk = 1 << 16) => new() { ChunkBytes = chunk, RetryDelay = TimeSpan.FromMilliseconds(5), Stall = TimeSpan.FromSeconds(30) };

    /// <summary>Opens a repository.</summary>
    public static RegistryStore Registry(string host, string repository, RegistryOptions? options = null) =>
        new(RegistryReference.Parse($"oci://{host}/{repository}"), options ?? Options());

    /// <summary>Brings a tag of a layout to another store under the same tag.</summary>
    public static async Task<TransferResult> PushAsync(string layout, PackageStore destination, string tag, string? asTag = null, bool force = false)
    {
        using LayoutStore source = LayoutStore.Open(layout);
        CancellationToken cancel = TestContext.Current.CancellationToken;
        return await new PackageTransfer(source, destination, force).RunAsync(await source.GetAsync(tag, cancel), [asTag ?? tag], new Silent<TransferProgress>(), cancel);
    }

    /// <summary>Pulls a tag into a folder.</summary>
    public static async Task<IReadOnlyList<string>> PullAsync(PackageStore source, string tag, string folder, string? variant = null, params string[] include)
    {
        CancellationToken cancel = TestContext.Current.CancellationToken;
        PackagePull pull = new(source);
        return await pull.RunAsync(
            await pull.ChooseAsync(await source.GetAsync(tag, cancel), variant, cancel), folder, include, overwrite: false, new Silent<TransferProgress>(), cancel);
    }

    /// <summary>Tells nobody.</summary>
    internal sealed class Silent<T> : IProgress<T>
    {
        public void Report(T value)
        {
        }
    }
}
