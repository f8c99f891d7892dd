using System.Text;
using System.Text.Json;
using ModelPack.Cli;
using ModelPack.Tests.Support;

namespace ModelPack.Tests.Cli;

public sealed class PackCommandTests
{
    private static readonly string Sample = RepositoryFolder.Join("samples/tiny-qwen3moe");

    [Fact]
    public async Task The_sample_becomes_a_package_that_says_what_it_is()
    {
        using TempFolder folder = new();
        Tool run = await Tool.SucceedAsync("pack", Sample, "--name", "tiny-moe", "--version", "1.2.0", "--variant", "bf16", "-o", folder.File("layout"), "--json");
        using JsonDocument result = JsonDocument.Parse(run.Output);
        JsonElement root = result.RootElement;
        Assert.Equal((1, "obligations", "Apache-2.0"), (root.GetProperty("schemaVersion").GetInt32(), root.GetProperty("audit").GetString(), root.GetProperty("licenses")[0].GetString()));
        Dictionary<string, string> layers = root.GetProperty("layers").EnumerateArray().ToDictionary(static l => l.GetProperty("path").GetString()!, static l => l.GetProperty("mediaType").GetString()!);
        Assert.Equal("application/vnd.cncf.model.weight.v1.raw", layers["model.safetensors"]);
        Assert.Equal("application/vnd.cncf.model.weight.config.v1.raw", layers["tokenizer.json"]);
        Assert.Equal("application/vnd.cncf.model.doc.v1.raw", layers["NOTICE"]);
        Assert.Equal("application/vnd.cncf.model.doc.v1.raw", layers["STATEMENTS.md"]);

        string manifest = Blob(folder, root.GetProperty("manifest").GetString()!);
        using JsonDocument parsed = JsonDocument.Parse(manifest);
        using JsonDocument config = JsonDocument.Parse(Blob(folder, parsed.RootElement.GetProperty("config").GetProperty("digest").GetString()!));
        Assert.Equal(
            """{"architecture":"Qwen3MoeForCausalLM","capabilities":{"inputTypes":["text"],"languages":["en"],"outputTypes":["text"]},"format":"safetensors","paramSize":"5.8M","precision":"bfloat16"}""",
            config.RootElement.GetProperty("config").GetRawText());
    }

    [Fact]
    public async Task A_gguf_brings_its_parts_and_the_texts_beside_it()
    {
        using TempFolder folder = new();
        await Tool.SucceedAsync("quantize", Sample, "-t", "q8_0", "-o", folder.File("tiny.gguf"), "--split-max-size", "3MiB");
        folder.Write("LICENSE", Encoding.UTF8.GetBytes(SpdxTexts.Text("Apache-2.0")));
        string first = Directory.EnumerateFiles(folder.Path, "tiny-00001-*.gguf").Single();
        int parts = Directory.EnumerateFiles(folder.Path, "tiny-*.gguf").Count();
        Assert.True(parts > 1);
        Tool run = await Tool.SucceedAsync("pack", first, "--name", "tiny", "--version", "1.0.0", "-o", folder.File("layout"), "--json");
        using JsonDocument result = JsonDocument.Parse(run.Output);
        string[] paths = [.. result.RootElement.GetProperty("layers").EnumerateArray().Select(static l => l.GetProperty("path").GetString()!)];
        Assert.Equal(parts, paths.Count(static p => p.EndsWith(".gguf", StringComparison.Ordinal)));
        Assert.Contains("LICENSES/Apache-2.0.txt", paths);
        using JsonDocument parsed = JsonDocument.Parse(Blob(folder, result.RootElement.GetProperty("manifest").GetString()!));
        using JsonDocument config = JsonDocument.Parse(Blob(folder, parsed.RootElement.GetProperty("config").GetProperty("digest").GetString()!));
        Assert.Equal(("gguf", "q8_0"), (config.RootElement.GetProperty("config").GetProperty("format").GetString(), config.RootElement.GetProperty("config").GetProperty("quantization").GetString()));
    }

    [Theory]
    [InlineData("llama3.1\nbase_model: meta-llama/Llama-3.1-8B", "denied")]
    [InlineData("no-such-license", "review")]
    public async Task A_license_that_does_not_allow_it_stops_with_3_and_writes_nothing(string license, string verdict)
    {
        using TempFolder folder = new();
        Directory.CreateDirectory(folder.File("model"));
        folder.Write("model/README.md", Encoding.UTF8.GetBytes($"---\nlicense: {license}\n---\n"));
        folder.Write("model/weights.safetensors", [1, 2, 3]);
        string[] line = ["pack", folder.File("model"), "--name", "acme-8b", "--version", "1.0.0", "-o", folder.File("layout")];
        Tool run = await Tool.RunAsync(line);
        Assert.Equal((ExitCode.PolicyViolation, ""), (run.Code, run.Output));
        Assert.Contains($"the license audit says {verdict}", run.Error, StringComparison.Ordinal);
        Assert.False(Directory.Exists(folder.File("layout")));

        Tool unaudited = await Tool.SucceedAsync([.. line, "--no-audit", "--json"]);
        using JsonDocument result = JsonDocument.Parse(unaudited.Output);
        Assert.Equal("none", result.RootElement.GetProperty("audit").GetString());
        Assert.Contains("\"modelpack-tool.license-audit\":\"none\"", Blob(folder, result.RootElement.GetProperty("manifest").GetString()!), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_link_to_a_file_elsewhere_is_not_published()
    {
        using TempFolder folder = new();
        Directory.CreateDirectory(folder.File("model"));
        folder.Write("model/README.md", "---\nlicense: apache-2.0\n---\n"u8);
        File.CreateSymbolicLink(folder.File("model/config.txt"), folder.Write("secret", [1]));
        Tool run = await Tool.RunAsync("pack", folder.File("model"), "--name", "x", "--version", "1.0.0", "-o", folder.File("layout"));
        Assert.Equal(ExitCode.Failure, run.Code);
        Assert.Contains("outside of", run.Error, StringComparison.Ordinal);
        Assert.False(Directory.Exists(folder.File("layout")));
    }

    [Fact]
    public async Task Hidden_files_stay_at_home()
    {
        using TempFolder folder = new();
        Directory.CreateDirectory(folder.File("model/.git"));
        folder.Write("model/README.md", "---\nlicense: apache-2.0\n---\n"u8);
        folder.Write("model/.env", [1]);
        folder.Write("model/.git/config", [1]);
        folder.Write("model/model.safetensors.partial", [1]);
        Tool run = await Tool.SucceedAsync("pack", folder.File("model"), "--name", "x", "--version", "1.0.0", "-o", folder.File("layout"), "--json");
        using JsonDocument result = JsonDocument.Parse(run.Output);
        Assert.Equal(["NOTICE", "README.md", "STATEMENTS.md"], result.RootElement.GetProperty("layers").EnumerateArray().Select(static l => l.GetProperty("path").GetString()));
    }

    [Fact]
    public async Task A_package_goes_to_a_registry_and_back()
    {
        using TempFolder folder = new();
        using RegistryDouble registry = new();
        string layout = folder.File("layout");
        await Tool.SucceedAsync("pack", Sample, "--name", "tiny", "--version", "1.2.0", "--variant", "bf16", "-o", layout, "--link");
        Tool push = await Tool.SucceedAsync("push", layout, $"oci://{registry.Host}/team/tiny", "--channels", "--json");
        using JsonDocument pushed = JsonDocument.Parse(push.Output);
        Assert.Equal(["1", "1.2", "1.2.0", "1.2.0-bf16", "latest"], pushed.RootElement.GetProperty("tags").EnumerateArray().Select(static t => t.GetString()).Order(StringComparer.Ordinal));
        Assert.Equal(0, pushed.RootElement.GetProperty("skipped").GetInt32());

        await Tool.SucceedAsync("pull", $"oci://{registry.Host}/team/tiny:latest", "-o", folder.File("out"), "--include", "*.safetensors", "--include", "config.json");
        Assert.Equal(["config.json", "model.safetensors"], Directory.EnumerateFiles(folder.File("out")).Select(Path.GetFileName).Order());
        Assert.Equal(File.ReadAllBytes(Path.Combine(Sample, "model.safetensors")), File.ReadAllBytes(folder.File("out/model.safetensors")));

        await Tool.SucceedAsync("copy", $"oci://{registry.Host}/team/tiny:1.2.0", folder.File("mirror"));
        Tool tags = await Tool.SucceedAsync("tags", folder.File("mirror"));
        Assert.Equal("1.2.0\n1.2.0-bf16\n", tags.Output.ReplaceLineEndings("\n"));
        Assert.Equal(File.ReadAllBytes(Path.Combine(layout, "index.json")), File.ReadAllBytes(folder.File("mirror/index.json")));
    }

    [Fact]
    public async Task A_package_that_was_changed_fails_its_verification_with_3()
    {
        using TempFolder folder = new();
        string layout = folder.File("layout");
        await Tool.SucceedAsync("pack", Sample, "--name", "tiny", "--version", "1.2.0", "-o", layout);
        Tool sound = await Tool.SucceedAsync("verify", layout, "--json");
        using JsonDocument result = JsonDocument.Parse(sound.Output);
        Assert.Equal(("layout", true, 2), (result.RootElement.GetProperty("format").GetString(), result.RootElement.GetProperty("valid").GetBoolean(), result.RootElement.GetProperty("digests").GetArrayLength()));
        await Tool.SucceedAsync("pull", $"{layout}:1.2.0", "-o", folder.File("out"));
        await Tool.SucceedAsync("verify", folder.File("out"));
        File.AppendAllText(folder.File("out/config.json"), " ");
        Tool changed = await Tool.RunAsync("verify", folder.File("out"));
        Assert.Equal(ExitCode.PolicyViolation, changed.Code);
        Assert.Contains("config.json: has ", changed.Output, StringComparison.Ordinal);
        Assert.Contains("[size]", changed.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("pack m --name x --version 1.0 -o out", "--version: '1.0' is no version")]
    [InlineData("pack m --name x --version 1.0.0 --variant a/b -o out", "--variant: variant 'a/b'")]
    [InlineData("pack m --version 1.0.0 -o out", "Option '--name' is required")]
    [InlineData("push layout somewhere", "REF: 'somewhere': expected oci://")]
    [InlineData("push layout oci://host/a@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef", "expected a tag")]
    [InlineData("pull oci://host/a -o out", "expected a tag or a digest at its end")]
    [InlineData("copy oci://host/a out", "expected a tag or a digest at its end")]
    [InlineData("tags https://host/a", "REF: 'https://host/a': expected oci://")]
    public async Task A_command_line_that_makes_no_sense_ends_with_2(string line, string reason)
    {
        Tool run = await Tool.RunAsync(line.Split(' '));
        Assert.Equal((ExitCode.Usage, ""), (run.Code, run.Output));
        Assert.Contains(reason, run.Error, StringComparison.Ordinal);
    }

    private static string Blob(TempFolder folder, string digest) => File.ReadAllText(folder.File($"layout/blobs/sha256/{digest["sha256:".Length..]}"));
}
