using System.Diagnostics;
using System.Text.Json;
using ModelPack.Cli;
using ModelPack.Tests.Support;

namespace ModelPack.Tests.Cli.Commands;

public sealed class NuGetCommandTests
{
    private static readonly string Sample = RepositoryFolder.Join("samples/tiny-qwen3moe");

    [Fact]
    public async Task The_sample_becomes_packages_that_say_what_they_are()
    {
        using TempFolder folder = new();
        Tool run = await PackAsync(folder, "--json");
        using JsonDocument result = JsonDocument.Parse(run.Output);
        JsonElement root = result.RootElement;
        Assert.Equal("schemaVersion", root.EnumerateObject().First().Name);
        Assert.Equal(
            (1, "tiny-moe.bf16", "1.2.0", "1.2.0+b7", "obligations", "Apache-2.0"),
            (root.GetProperty("schemaVersion").GetInt32(), Text(root, "id"), Text(root, "packageVersion"), Text(root, "version"), Text(root, "audit"), root.GetProperty("licenses")[0].GetString()));
        JsonElement[] packages = [.. root.GetProperty("packages").EnumerateArray()];
        Assert.Equal("tiny-moe.bf16", Text(packages[^1], "id"));
        Assert.All(packages, p => Assert.Equal(Text(p, "digest"), RegistryDouble.DigestOf(File.ReadAllBytes(folder.File($"dist/{Text(p, "file")}")))));
        Assert.All(packages, static p => Assert.InRange(p.GetProperty("bytes").GetInt64(), 1, 4 << 20));
        JsonElement weights = root.GetProperty("files").EnumerateArray().Single(static f => Text(f, "path") == "model.safetensors");
        Assert.Equal(RegistryDouble.DigestOf(File.ReadAllBytes(Path.Combine(Sample, "model.safetensors"))), Text(weights, "digest"));
        Assert.Contains(root.GetProperty("files").EnumerateArray(), static f => Text(f, "path") == "NOTICE");
    }

    [Fact]
    public async Task A_license_that_does_not_allow_it_stops_with_3_and_writes_nothing()
    {
        using TempFolder folder = new();
        Directory.CreateDirectory(folder.File("model"));
        folder.Write("model/README.md", "---\nlicense: no-such-license\n---\n"u8);
        folder.Write("model/weights.safetensors", [1, 2, 3]);
        string[] line = ["pack", folder.File("model"), "--name", "acme", "--version", "1.0.0", "--as", "nuget", "-o", folder.File("dist")];
        Assert.Equal((ExitCode.PolicyViolation, ""), await RunAsync(line));
        Assert.False(Directory.Exists(folder.File("dist")));
        Tool unaudited = await Tool.SucceedAsync([.. line, "--no-audit"]);
        Assert.Contains("license not said, audit: none", unaudited.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_layout_is_no_place_for_packages()
    {
        using TempFolder folder = new();
        await TestPackage.PackAsync(folder.File("dist"), "1.0.0", null, ("a.gguf", [1]));
        Tool run = await Tool.RunAsync("pack", Sample, "--name", "tiny", "--version", "1.0.0", "--as", "nuget", "-o", folder.File("dist"));
        Assert.Equal((ExitCode.Usage, ""), (run.Code, run.Output));
        Assert.Contains("is an OCI layout", run.Error, StringComparison.Ordinal);
        Assert.Empty(Directory.EnumerateFiles(folder.File("dist"), "*.nupkg"));
    }

    [Fact]
    public async Task Packages_go_to_a_feed_and_to_a_folder_and_are_verified_there()
    {
        using TempFolder folder = new();
        using FeedDouble server = new();
        await PackAsync(folder);
        string[] files = [.. Directory.EnumerateFiles(folder.File("dist")).Order(StringComparer.Ordinal)];
        Tool push = await Tool.SucceedAsync(["push", .. files, $"nuget+{server.Index}", "--json"]);
        using JsonDocument pushed = JsonDocument.Parse(push.Output);
        Assert.Equal((1, files.Length, 0), (pushed.RootElement.GetProperty("schemaVersion").GetInt32(), pushed.RootElement.GetProperty("sent").GetInt32(), pushed.RootElement.GetProperty("skipped").GetInt32()));
        Assert.Equal("sent", Text(pushed.RootElement.GetProperty("packages")[0], "state"));
        Assert.Equal("tiny-moe.bf16", server.Taken.Last());
        Tool again = await Tool.SucceedAsync("push", folder.File("dist"), $"nuget+{server.Index}");
        Assert.Contains($"0 packages sent (0 B), {files.Length} there before", again.Output, StringComparison.Ordinal);
        Assert.Contains("tiny-moe.bf16 1.2.0  (was there, the same)", again.Output, StringComparison.Ordinal);

        await Tool.SucceedAsync("push", folder.File("dist"), folder.File("feed"));
        Tool sound = await Tool.SucceedAsync("verify", folder.File("feed"), "--json");
        using JsonDocument verified = JsonDocument.Parse(sound.Output);
        Assert.Equal(("nuget", true, files.Length), (Text(verified.RootElement, "format"), verified.RootElement.GetProperty("valid").GetBoolean(), verified.RootElement.GetProperty("files").GetInt32()));

        string part = folder.File("feed/tiny-moe.bf16.Part002.1.2.0.nupkg");
        byte[] bytes = File.ReadAllBytes(part);
        bytes[bytes.Length / 2] ^= 1;
        File.WriteAllBytes(part, bytes);
        Tool damaged = await Tool.RunAsync("verify", folder.File("feed"));
        Assert.Equal(ExitCode.PolicyViolation, damaged.Code);
        Assert.Contains("tiny-moe.bf16.Part002.1.2.0.nupkg: model.safetensors is damaged", damaged.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_key_of_the_environment_and_the_login_of_the_configuration_are_used_and_not_shown()
    {
        using TempFolder folder = new();
        using FeedDouble server = new() { Key = "key-7d1f", Login = "ci:pass-93ab" };
        await PackAsync(folder);
        folder.Write("nuget.config", TestPackage.Text($"""
            <configuration>
              <packageSources><add key="company" value="{server.Index}" /></packageSources>
              <packageSourceCredentials><company><add key="Username" value="ci" /><add key="ClearTextPassword" value="pass-93ab" /></company></packageSourceCredentials>
            </configuration>
            """));
        (int code, string said) = await ProcessAsync(folder, "key-7d1f", "push", "dist", $"nuget+{server.Index}", "--verbosity", "detailed");
        Assert.True(code == ExitCode.Success, said);
        Assert.Equal(5, server.Packages.Count);

        server.Key = "another";
        (code, string refused) = await ProcessAsync(folder, "key-7d1f", "push", "dist", $"nuget+{server.Index}", "--verbosity", "detailed");
        Assert.Equal(ExitCode.Failure, code);
        Assert.Contains("answered 403", refused, StringComparison.Ordinal);
        Assert.DoesNotContain("key-7d1f", said + refused, StringComparison.Ordinal);
        Assert.DoesNotContain("pass-93ab", said + refused, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("pack m --name a/b --version 1.0.0 --as nuget -o out", "--name, --variant: package id 'a/b'")]
    [InlineData("pack m --name a --version 1.0.0 --as nuget --part-size 1KiB -o out", "--part-size: 1024 bytes; expected 1MiB to 4095MiB")]
    [InlineData("pack m --name a --version 1.0.0 --as nuget --link -o out", "--link: packages for NuGet hold copies")]
    [InlineData("pack m --name a --version 1.0.0 --part-size 5MiB -o out", "--part-size: expected --as nuget")]
    [InlineData("pack m --name a --version 1.0.0 --authors x -o out", "--authors: expected --as nuget")]
    [InlineData("pack m --name a --version 1.0.0 --as npm -o out", "'npm' not recognized")]
    [InlineData("push a.nupkg oci://host/a", "packages for NuGet do not go into OCI registries")]
    [InlineData("push layout nuget+https://host/index.json", "expected .nupkg files")]
    [InlineData("push layout oci://host/a oci://host/b", "a layout goes to one place at a time")]
    public async Task A_command_line_that_makes_no_sense_ends_with_2(string line, string reason)
    {
        Tool run = await Tool.RunAsync(line.Split(' '));
        Assert.Equal((ExitCode.Usage, ""), (run.Code, run.Output));
        Assert.Contains(reason, run.Error, StringComparison.Ordinal);
    }

    private static Task<Tool> PackAsync(TempFolder folder, params string[] more) => Tool.SucceedAsync(
        ["pack", Sample, "--name", "tiny-moe", "--version", "1.2.0+b7", "--variant", "bf16", "--as", "nuget", "--part-size", "4MiB", "-o", folder.File("dist"), .. more]);

    private static async Task<(int Code, string Output)> RunAsync(string[] line)
    {
        Tool run = await Tool.RunAsync(line);
        return (run.Code, run.Output);
    }

    // Another process: the environment of this one belongs to all tests.
    private static async Task<(int Code, string Said)> ProcessAsync(TempFolder folder, string key, params string[] args)
    {
        ProcessStartInfo start = new("dotnet", ["exec", typeof(Program).Assembly.Location, .. args]) { RedirectStandardOutput = true, RedirectStandardError = true, WorkingDirectory = folder.Path };
        start.Environment["MODELPACK_NUGET_API_KEY"] = key;
        CancellationToken cancel = TestContext.Current.CancellationToken;
        using Process process = Process.Start(start)!;
        Task<string> error = process.StandardError.ReadToEndAsync(cancel);
        string output = await process.StandardOutput.ReadToEndAsync(cancel);
        await process.WaitForExitAsync(cancel).WaitAsync(TimeSpan.FromMinutes(2), cancel);
        return (process.ExitCode, output + await error);
    }

    private static string? Text(JsonElement map, string name) => map.GetProperty(name).GetString();
}
