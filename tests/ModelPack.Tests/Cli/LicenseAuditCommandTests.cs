using System.Text;
using System.Text.Json;
using ModelPack.Cli;
using ModelPack.Tests.Support;

namespace ModelPack.Tests.Cli;

public sealed class LicenseAuditCommandTests
{
    [Theory]
    [InlineData("deepseekv3", 0)]
    [InlineData("kimik2", 0)]
    [InlineData("llama31", 0)]
    [InlineData("minimaxm2", 3)]
    [InlineData("qwen3", 0)]
    [InlineData("qwen3moe", 0)]
    [InlineData("trained-qwen3moe", 0)]
    public async Task Each_fixture_reads_as_a_lawyer_would_first(string fixture, int code)
    {
        Tool run = await Tool.RunAsync("license", "audit", SharedFolder.Require($"fixtures/{fixture}"), "--use", "redistribute", "--fact", "commercial=true");
        Assert.Equal(code, run.Code);
        Snapshot.Match(run.Output, fixture);
    }

    [Fact]
    public async Task The_sample_has_duties_only()
    {
        Tool run = await Tool.RunAsync("license", "audit", RepositoryFolder.Join("samples", "tiny-qwen3moe"), "--use", "redistribute");
        Assert.Equal(ExitCode.Success, run.Code);
        Snapshot.Match(run.Output);
    }

    [Theory]
    [InlineData("mau=100000000", "rev_month_usd=20000000", 0)]
    [InlineData("mau=100000001", "rev_month_usd=0", 0)]
    [InlineData("mau=1", null, 3)]
    public async Task A_hosted_kimi_asks_for_two_facts(string mau, string? revenue, int code)
    {
        List<string> args = ["license", "audit", SharedFolder.Require("fixtures/kimik2"), "--use", "saas", "--json", "--fact", "commercial=true", "--fact", mau];
        args.AddRange(revenue is null ? [] : ["--fact", revenue]);
        Tool run = await Tool.RunAsync([.. args]);
        Assert.Equal(code, run.Code);
        JsonElement[] findings = Findings(run);
        Assert.Equal(revenue is null, findings.Any(static f => f.GetProperty("code").GetString() == "MPL102" && f.GetProperty("text").GetString()!.Contains("rev_month_usd", StringComparison.Ordinal)));
        Assert.Equal(mau == "mau=100000001", findings.Any(static f => f.GetProperty("code").GetString() == "MPL205"));
    }

    [Fact]
    public async Task A_gguf_counts_with_the_texts_beside_it_but_not_below()
    {
        using TempFolder folder = new();
        string file = folder.Write("model.gguf", Gguf(("general.license", "mit"), ("general.name", "Acme"), ("general.base_model.0.repo_url", "https://huggingface.co/acme/base")));
        folder.Write("LICENSE", Encoding.UTF8.GetBytes(SpdxTexts.Text("Apache-2.0")));
        Directory.CreateDirectory(folder.File("other"));
        folder.Write("other/LICENSE", Encoding.UTF8.GetBytes(SpdxTexts.Text("GPL-3.0-only")));
        Tool run = await Tool.RunAsync("license", "audit", file, "--json");
        Assert.Equal(ExitCode.PolicyViolation, run.Code);
        using JsonDocument document = JsonDocument.Parse(run.Output);
        JsonElement[] artifacts = [.. document.RootElement.GetProperty("artifacts").EnumerateArray()];
        Assert.Equal(["model.gguf", "acme/base"], artifacts.Select(static a => a.GetProperty("name").GetString()));
        Assert.Equal("gguf", artifacts[0].GetProperty("kind").GetString());
        Assert.Equal("Apache-2.0", artifacts[0].GetProperty("concluded").GetString());
        Assert.Equal(["MPL105", "MPL108"], Findings(run).Select(static f => f.GetProperty("code").GetString()).Order());
    }

    [Theory]
    [InlineData("acme.nuspec", "<package xmlns=\"http://schemas.microsoft.com/packaging/2013/05/nuspec.xsd\"><metadata><license type=\"expression\">MIT</license></metadata></package>", "MIT")]
    [InlineData("Kitfile", "manifestVersion: 1.0.0\npackage:\n  name: x\n  license: \"Apache 2.0\" # old spelling\n", "Apache-2.0")]
    [InlineData("index.json", "{\"manifests\": [{\"annotations\": {\"org.opencontainers.image.licenses\": \"MIT OR Apache-2.0\"}}]}", "MIT OR Apache-2.0")]
    [InlineData("config.json", "{\"license\": \"llama3.1\"}", "LicenseRef-Llama-3.1")]
    [InlineData("README.md", "---\nlicense: other\nlicense_name: gemma\n---\n", "LicenseRef-Gemma-2025-03-24")]
    public async Task Metadata_of_all_kinds_is_declared_evidence(string file, string content, string concluded)
    {
        using TempFolder folder = new();
        folder.Write(file, Encoding.UTF8.GetBytes(content));
        Tool run = await Tool.RunAsync("license", "audit", folder.Path, "--json");
        using JsonDocument document = JsonDocument.Parse(run.Output);
        JsonElement root = document.RootElement.GetProperty("artifacts")[0];
        Assert.Equal(concluded, root.GetProperty("concluded").GetString());
        Assert.Equal("declared", root.GetProperty("basis").GetString());
        Assert.Equal(file, root.GetProperty("declared")[0].GetProperty("source").GetString());
    }

    [Theory]
    [InlineData("base_model: acme/base\nbase_model_relation: quantized", "quantize")]
    [InlineData("base_model: [acme/base]\nbase_model_relation: adapter", "adapter")]
    [InlineData("base_model: [acme/base, acme/other]", "merge")]
    [InlineData("base_model: acme/base", "finetune")]
    [InlineData("datasets: [acme/base]", "dataset")]
    [InlineData("datasets: ['https://huggingface.co/datasets/acme/base']", "dataset")]
    public async Task The_card_tells_the_relation(string yaml, string relation)
    {
        using TempFolder folder = new();
        folder.Write("README.md", Encoding.UTF8.GetBytes($"---\nlicense: mit\n{yaml}\n---\n"));
        Tool run = await Tool.RunAsync("license", "audit", folder.Path, "--json");
        using JsonDocument document = JsonDocument.Parse(run.Output);
        JsonElement parent = document.RootElement.GetProperty("artifacts")[1];
        Assert.Equal(("acme/base", relation), (parent.GetProperty("name").GetString(), parent.GetProperty("relation").GetString()));
    }

    [Theory]
    [InlineData("sarif", "\"version\": \"2.1.0\"")]
    [InlineData("junit", "<testsuites>")]
    [InlineData("cyclonedx", "\"specVersion\": \"1.6\"")]
    [InlineData("spdx", "\"SPDX-2.3\"")]
    [InlineData("json", "\"schemaVersion\": 1")]
    [InlineData("text", "allowed for internal use")]
    public async Task A_report_goes_to_a_file(string format, string mark)
    {
        using TempFolder folder = new();
        string model = folder.File("model");
        Directory.CreateDirectory(model);
        folder.Write("model/README.md", "---\nlicense: mit\n---\n"u8);
        Tool run = await Tool.SucceedAsync("license", "audit", model, "--format", format, "-o", folder.File("report"));
        Assert.Equal("", run.Output);
        string report = File.ReadAllText(folder.File("report"));
        Assert.Contains(mark, report, StringComparison.Ordinal);
        Assert.DoesNotContain(folder.Path, report, StringComparison.Ordinal);
        Assert.Equal(["model", "report"], Directory.EnumerateFileSystemEntries(folder.Path).Select(Path.GetFileName).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task The_policy_decides_what_fails()
    {
        using TempFolder folder = new();
        string model = folder.File("model");
        Directory.CreateDirectory(model);
        folder.Write("model/README.md", "---\nlicense: mit\nbase_model: acme/base\n---\n"u8);
        string policy = folder.Write("policy.yml", "schemaVersion: 1\nuse: redistribute\nfailOn: denied\n"u8);
        Assert.Equal(ExitCode.PolicyViolation, (await Tool.RunAsync("license", "audit", model)).Code);
        Tool lenient = await Tool.SucceedAsync("license", "audit", model, "--policy", policy);
        Assert.StartsWith("review for redistribute use", lenient.Output, StringComparison.Ordinal);
        Assert.Equal(ExitCode.PolicyViolation, (await Tool.RunAsync("license", "audit", model, "--policy", policy, "--fail-on", "review")).Code);
        folder.Write("policy.yml", "schemaVersion: 1\nlineage:\n  - {artifact: acme/base, license: MIT, reason: asked}\n"u8);
        Tool settled = await Tool.SucceedAsync("license", "audit", model, "--policy", policy);
        Assert.Contains("MIT, as the policy file says", settled.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_policy_with_a_fault_names_its_place()
    {
        using TempFolder folder = new();
        string policy = folder.Write("policy.yml", "schemaVersion: 1\nfacts:\n  mua: 5\n"u8);
        folder.Write("README.md", "---\nlicense: mit\n---\n"u8);
        Tool run = await Tool.RunAsync("license", "audit", folder.Path, "--policy", policy);
        Assert.Equal(ExitCode.Failure, run.Code);
        Assert.Contains("policy.yml:3:3: ", run.Error, StringComparison.Ordinal);
        Assert.Contains("did you mean 'mau'", run.Error, StringComparison.Ordinal);
        Assert.Equal("", run.Output);
    }

    [Fact]
    public async Task A_lock_file_tells_what_changed()
    {
        using TempFolder folder = new();
        string model = folder.File("model");
        Directory.CreateDirectory(model);
        string mit = SpdxTexts.Text("MIT");
        folder.Write("model/README.md", "---\nlicense: mit\n---\n"u8);
        folder.Write("model/LICENSE", Encoding.UTF8.GetBytes(mit));
        string pinned = folder.File("modelpack.lock.yml");
        await Tool.SucceedAsync("license", "audit", model, "--lock", pinned, "--update-lock");
        string text = File.ReadAllText(pinned);
        await Tool.SucceedAsync("license", "audit", model, "--lock", pinned);

        // The same license with another holder is another text.
        folder.Write("model/LICENSE", Encoding.UTF8.GetBytes(mit.Replace("<copyright holders>", "Acme", StringComparison.Ordinal)));
        Tool holder = await Tool.RunAsync("license", "audit", model, "--lock", pinned, "--json");
        Assert.Equal(ExitCode.PolicyViolation, holder.Code);
        Assert.Equal("MPL602", Assert.Single(Findings(holder)).GetProperty("code").GetString());

        folder.Write("model/LICENSE", Encoding.UTF8.GetBytes(SpdxTexts.Text("Apache-2.0")));
        Tool changed = await Tool.RunAsync("license", "audit", model, "--lock", pinned, "--json");
        Assert.Equal(["MPL105", "MPL601", "MPL602"], Findings(changed).Select(static f => f.GetProperty("code").GetString()).Order());
        Assert.Equal(text, File.ReadAllText(pinned));
        Tool missing = await Tool.RunAsync("license", "audit", model, "--lock", folder.File("none.yml"));
        Assert.Equal(ExitCode.Failure, missing.Code);
        Assert.Contains("none.yml", missing.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_package_of_a_registry_is_audited_without_its_weights()
    {
        using TempFolder folder = new();
        string model = Directory.CreateDirectory(folder.File("model")).FullName;
        folder.Write("model/README.md", "---\nlicense: mit\nbase_model: meta-llama/Llama-3.1-8B\n---\n"u8);
        folder.Write("model/LICENSE", Encoding.UTF8.GetBytes(SpdxTexts.Text("MIT")));
        folder.Write("model/model.gguf", Gguf(("general.license", "mit")));
        await Tool.SucceedAsync("pack", model, "--name", "acme", "--version", "1.0.0", "--no-audit", "-o", folder.File("layout"));
        using RegistryDouble registry = new();
        string reference = $"oci://{registry.Host}/acme:1.0.0";
        await Tool.SucceedAsync("push", folder.File("layout"), reference);
        registry.Log.Clear();
        Tool run = await Tool.RunAsync("license", "audit", reference, "--use", "redistribute", "--json");
        Assert.Equal(ExitCode.PolicyViolation, run.Code);
        using JsonDocument document = JsonDocument.Parse(run.Output);
        JsonElement[] artifacts = [.. document.RootElement.GetProperty("artifacts").EnumerateArray()];
        Assert.Equal([reference, "meta-llama/Llama-3.1-8B"], artifacts.Select(static a => a.GetProperty("name").GetString()));
        Assert.Equal(("package", "MIT", "text"), (artifacts[0].GetProperty("kind").GetString(), artifacts[0].GetProperty("concluded").GetString(), artifacts[0].GetProperty("basis").GetString()));
        Assert.Contains(Findings(run), static f => f.GetProperty("code").GetString() == "MPL401");
        string weights = RegistryDouble.DigestOf(File.ReadAllBytes(folder.File("model/model.gguf")));
        Assert.DoesNotContain(registry.Log, l => l.Contains(weights, StringComparison.Ordinal));
        Assert.Contains(registry.Log, static l => l.StartsWith("GET", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_pulled_package_has_its_evidence_in_the_config_and_the_folder_of_texts()
    {
        using TempFolder folder = new();
        string model = Directory.CreateDirectory(folder.File("model")).FullName;
        folder.Write("model/README.md", "---\nlicense: apache-2.0\n---\n"u8);
        folder.Write("model/LICENSE", Encoding.UTF8.GetBytes(SpdxTexts.Text("Apache-2.0")));
        folder.Write("model/model.gguf", Gguf(("general.license", "apache-2.0")));
        await Tool.SucceedAsync("pack", folder.File("model/model.gguf"), "--name", "acme", "--version", "1.0.0", "-o", folder.File("layout"), "--policy", folder.Write(
            "policy.yml", "schemaVersion: 1\nexceptions:\n  - {code: MPL108, reason: none, expires: 2999-01-01}\n"u8));
        await Tool.SucceedAsync("pull", folder.File("layout") + ":1.0.0", "-o", folder.File("pulled"));
        Assert.True(File.Exists(folder.File("pulled/LICENSES/Apache-2.0.txt")));
        File.Delete(folder.File("pulled/model.gguf"));
        Tool run = await Tool.RunAsync("license", "audit", folder.File("pulled"), "--json");
        using JsonDocument document = JsonDocument.Parse(run.Output);
        JsonElement root = document.RootElement.GetProperty("artifacts")[0];
        Assert.Equal(("Apache-2.0", "text"), (root.GetProperty("concluded").GetString(), root.GetProperty("basis").GetString()));
        Assert.Equal("LICENSES/Apache-2.0.txt", Assert.Single(root.GetProperty("observed").EnumerateArray()).GetProperty("path").GetString());
        JsonElement declared = Assert.Single(root.GetProperty("declared").EnumerateArray());
        Assert.Equal((".modelpack/config.json", "Apache-2.0"), (declared.GetProperty("source").GetString(), declared.GetProperty("license").GetString()));
    }

    [Theory]
    [InlineData(2, "--use", "sharing")]
    [InlineData(2, "--format", "pdf")]
    [InlineData(2, "--fail-on", "never")]
    [InlineData(2, "--out", "MIT AND")]
    [InlineData(2, "--format", "sarif", "--json")]
    [InlineData(1, "--policy", "no-such-file.yml")]
    public async Task Wrong_options_are_refused_by_name(int code, params string[] options)
    {
        using TempFolder folder = new();
        folder.Write("README.md", "---\nlicense: mit\n---\n"u8);
        Tool run = await Tool.RunAsync(["license", "audit", folder.Path, .. options]);
        Assert.Equal(code, run.Code);
        Assert.Contains(code == 2 ? options[0] : options[1], run.Error, StringComparison.Ordinal);
        Assert.Equal("", run.Output);
    }

    [Theory]
    [InlineData("no-such-model", "no such folder")]
    [InlineData("oci://127.0.0.1/UPPER:1", "expected oci://HOST/REPOSITORY")]
    public async Task A_model_that_cannot_be_read_is_an_error(string model, string message)
    {
        Tool run = await Tool.RunAsync("license", "audit", model);
        Assert.Equal(model.StartsWith("oci", StringComparison.Ordinal) ? ExitCode.Usage : ExitCode.Failure, run.Code);
        Assert.Contains(message, run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Hostile_metadata_is_passed_over_with_a_warning()
    {
        using TempFolder folder = new();
        StringBuilder bomb = new("---\nlicense: mit\na0: &a0 [x, x, x, x, x, x, x, x, x]\n");
        for (int i = 1; i < 30; i++)
        {
            bomb.Append($"a{i}: &a{i} [*a{i - 1}, *a{i - 1}, *a{i - 1}, *a{i - 1}, *a{i - 1}, *a{i - 1}, *a{i - 1}, *a{i - 1}]\n");
        }

        folder.Write("README.md", Encoding.UTF8.GetBytes(bomb.Append("---\n").ToString()));
        folder.Write("config.json", "{\"license\": "u8);
        folder.Write("index.json", Encoding.UTF8.GetBytes(new string('[', 100_000)));
        folder.Write("a.nuspec", "<!DOCTYPE x [<!ENTITY a \"aaaa\">]><package>&a;</package>"u8);
        folder.Write("model.gguf", "GGUF-but-not-really"u8);
        folder.Write("LICENSE", new byte[1000]);
        Tool run = await Tool.RunAsync("license", "audit", folder.Path, "--json");
        Assert.Equal(ExitCode.Success, run.Code);
        using JsonDocument document = JsonDocument.Parse(run.Output);
        Assert.Equal("MIT", document.RootElement.GetProperty("artifacts")[0].GetProperty("concluded").GetString());
        Assert.Contains("config.json: no JSON at line 1", run.Error, StringComparison.Ordinal);
        Assert.Contains("a.nuspec: no XML", run.Error, StringComparison.Ordinal);
        Assert.Contains("model.gguf", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_tree_of_many_files_deep_folders_and_loops_is_searched_once()
    {
        using TempFolder folder = new();
        string deep = folder.Path;
        for (int i = 0; i < 100; i++)
        {
            deep = Path.Combine(deep, "d");
        }

        Directory.CreateDirectory(deep);
        File.WriteAllText(Path.Combine(deep, "LICENSE"), "too deep to look for");
        Directory.CreateSymbolicLink(folder.File("loop"), folder.Path);
        for (int i = 0; i < 20_000; i++)
        {
            if (i % 1000 == 0)
            {
                Directory.CreateDirectory(folder.File($"many{i / 1000}"));
            }

            File.Create(folder.File($"many{i / 1000}/f{i}")).Dispose();
        }

        folder.Write("many7/LICENSE", Encoding.UTF8.GetBytes(SpdxTexts.Text("MIT")));
        folder.Write("LICENSE", Encoding.UTF8.GetBytes(SpdxTexts.Text("Apache-2.0")));
        Tool run = await Tool.SucceedAsync("license", "audit", folder.Path, "--json");
        using JsonDocument document = JsonDocument.Parse(run.Output);
        Assert.Equal([".", "many7"], document.RootElement.GetProperty("artifacts").EnumerateArray().Select(static a => a.GetProperty("id").GetString()));
    }

    private static JsonElement[] Findings(Tool run)
    {
        using JsonDocument document = JsonDocument.Parse(run.Output);
        return [.. document.RootElement.GetProperty("findings").EnumerateArray().Select(static f => f.Clone())];
    }

    private static byte[] Gguf(params (string Key, string Value)[] keys)
    {
        GgufBytes file = GgufBytes.Start(0, (ulong)keys.Length + 2).Key("general.architecture", 8).Text("llama").Key("general.base_model.count", 4).U32(1);
        foreach ((string key, string value) in keys)
        {
            file.Key(key, 8).Text(value);
        }

        return file.ToArray();
    }
}
