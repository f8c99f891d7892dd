using System.Security.Cryptography;
using System.Text.Json;
using ModelPack.Cli;
using ModelPack.Packaging.Attachments;
using ModelPack.Packaging.Layouts;
using ModelPack.Packaging.Oci;
using ModelPack.Tests.Support;

namespace ModelPack.Tests.Cli;

/// <summary>What pack attaches to a package, and the way of a package through a real registry.</summary>
public sealed class PackRecordsTests : IDisposable
{
    private static readonly string Sample = RepositoryFolder.Join("samples/tiny-qwen3moe");

    private readonly TempFolder _temp = new();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose() => _temp.Dispose();

    [Fact]
    public async Task The_provenance_names_options_audit_and_the_hash_of_every_source()
    {
        string gguf = _temp.File("tiny.gguf");
        await Tool.SucceedAsync("quantize", Sample, "-t", "q8_0", "-o", gguf);
        string policy = _temp.Write("policy.yml", "schemaVersion: 1\nuse: redistribute\n"u8);
        Tool run = await Tool.SucceedAsync(
            "pack", gguf, "--name", "tiny", "--version", "1.0.0", "--variant", "q8_0", "-o", _temp.File("layout"), "--source", Sample, "--policy", policy, "--fact", "mau=5");
        (OciManifest manifest, JsonElement statement) = await ProvenanceAsync("layout", "1.0.0-q8_0");
        Assert.Equal(("https://in-toto.io/Statement/v1", "https://slsa.dev/provenance/v1"), (Text(statement, "_type"), Text(statement, "predicateType")));
        Assert.Equal(("tiny", manifest.Digest.Hex), (Text(statement.GetProperty("subject")[0], "name"), Text(statement.GetProperty("subject")[0].GetProperty("digest"), "sha256")));
        JsonElement definition = statement.GetProperty("predicate").GetProperty("buildDefinition");
        JsonElement options = definition.GetProperty("externalParameters");
        Assert.Equal(("q8_0", "1.0.0", "false", "mau=5", "tiny.gguf"), (Text(options, "variant"), Text(options, "version"), Text(options, "no-audit"), options.GetProperty("fact")[0].GetString(), options.GetProperty("paths")[0].GetString()));
        Assert.Equal(("obligations", "Apache-2.0", 0), (Text(definition.GetProperty("internalParameters"), "licenseAudit"), definition.GetProperty("internalParameters").GetProperty("licenses")[0].GetString(), definition.GetProperty("internalParameters").GetProperty("missingTexts").GetArrayLength()));
        Dictionary<string, string> sources = definition.GetProperty("resolvedDependencies").EnumerateArray().ToDictionary(static d => Text(d, "name"), static d => Text(d.GetProperty("digest"), "sha256"));
        Assert.Equal((Hash(gguf), Hash(policy), "policy.yml"), (sources["tiny.gguf"], sources["policy.yml"], Text(options, "policy")));
        foreach (string file in Directory.EnumerateFiles(Sample).Where(static f => Path.GetFileName(f)[0] != '.'))
        {
            Assert.Equal(Hash(file), sources[$"tiny-qwen3moe/{Path.GetFileName(file)}"]);
        }

        JsonElement details = statement.GetProperty("predicate").GetProperty("runDetails");
        Assert.Equal("modelpack-tool:cli", Text(details.GetProperty("builder"), "id"));
        Assert.False(details.TryGetProperty("metadata", out _));
        using LayoutStore layout = LayoutStore.Open(_temp.File("layout"));
        Assert.Equal(
            (await AttachmentReader.ReadAsync(layout, manifest.Digest, [MediaTypes.CycloneDx, MediaTypes.Spdx], Cancel)).Select(static a => a.Document.Digest.Hex).Order(StringComparer.Ordinal),
            details.GetProperty("byproducts").EnumerateArray().Select(static b => Text(b.GetProperty("digest"), "sha256")).Order(StringComparer.Ordinal));
        Assert.DoesNotContain(_temp.Path, statement.GetRawText(), StringComparison.Ordinal);

        // The checkpoint's license text went into the package with its product.
        Assert.Contains(manifest.Layers, static l => l.Annotation(AnnotationKeys.FilePath) == "LICENSES/Apache-2.0.txt");
        Assert.DoesNotContain("not at hand", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_audit_that_was_left_out_stands_in_the_provenance()
    {
        Directory.CreateDirectory(_temp.File("model"));
        _temp.Write("model/README.md", "---\nlicense: llama3.1\nbase_model: meta-llama/Llama-3.1-8B\n---\n"u8);
        _temp.Write("model/weights.safetensors", [1, 2, 3]);
        await Tool.SucceedAsync("pack", _temp.File("model"), "--name", "acme-8b", "--version", "1.0.0", "-o", _temp.File("layout"), "--no-audit");
        (_, JsonElement statement) = await ProvenanceAsync("layout", null);
        JsonElement definition = statement.GetProperty("predicate").GetProperty("buildDefinition");
        Assert.Equal(("true", "none"), (Text(definition.GetProperty("externalParameters"), "no-audit"), Text(definition.GetProperty("internalParameters"), "licenseAudit")));
        Assert.Contains(definition.GetProperty("resolvedDependencies").EnumerateArray(), static d => d.TryGetProperty("uri", out JsonElement uri) && uri.GetString() == "pkg:huggingface/meta-llama/Llama-3.1-8B");
    }

    [Fact]
    public async Task The_hash_of_calibration_data_stands_in_the_bill_when_it_is_among_the_sources()
    {
        string folder = Directory.CreateDirectory(_temp.File("onnx")).FullName;
        await Tool.SucceedAsync("quantize", Sample, "--to", "onnx", "-t", "int4", "-o", folder, "--overwrite");
        string recipe = File.ReadAllText(Path.Combine(folder, "modelpack.json")).Replace("\"blockSize\"", "\"importance\": \"words.gguf\",\n    \"blockSize\"", StringComparison.Ordinal);
        File.WriteAllText(Path.Combine(folder, "modelpack.json"), recipe);
        string words = _temp.Write("words.gguf", "data"u8);
        await Tool.SucceedAsync("pack", folder, "--name", "tiny", "--version", "1.0.0", "-o", _temp.File("layout"), "--source", words, "--source", Path.Combine(Sample, "LICENSE"));
        Tool bill = await Tool.SucceedAsync("sbom", _temp.File("layout"));
        using JsonDocument document = JsonDocument.Parse(bill.Output);
        Assert.Contains(
            document.RootElement.GetProperty("metadata").GetProperty("component").GetProperty("properties").EnumerateArray(),
            p => Text(p, "name") == "modelpack:option:importance:sha256" && Text(p, "value") == Hash(words));
    }

    [Fact]
    public async Task The_same_input_has_the_same_documents_and_digests_and_a_second_pack_changes_nothing()
    {
        foreach (string name in (string[])["a", "b"])
        {
            await Tool.SucceedAsync("pack", Sample, "--name", "tiny", "--version", "1.0.0", "--variant", "bf16", "-o", _temp.File(name));
        }

        byte[] index = File.ReadAllBytes(_temp.File("a/index.json"));
        Assert.Equal(index, File.ReadAllBytes(_temp.File("b/index.json")));
        await Tool.SucceedAsync("pack", Sample, "--name", "tiny", "--version", "1.0.0", "--variant", "bf16", "-o", _temp.File("a"));
        Assert.Equal(index, File.ReadAllBytes(_temp.File("a/index.json")));

        // Another option, the same files: one provenance, the new one.
        await Tool.SucceedAsync("pack", Sample, "--name", "tiny", "--version", "1.0.0", "--variant", "bf16", "-o", _temp.File("a"), "--use", "redistribute");
        (_, JsonElement statement) = await ProvenanceAsync("a", "1.0.0-bf16");
        Assert.Equal("redistribute", Text(statement.GetProperty("predicate").GetProperty("buildDefinition").GetProperty("externalParameters"), "use"));
        await Tool.SucceedAsync("pack", Sample, "--name", "tiny", "--version", "1.0.0", "--variant", "bf16", "-o", _temp.File("a"), "--no-sbom", "--no-provenance");
        using LayoutStore layout = LayoutStore.Open(_temp.File("a"));
        Assert.Empty(await AttachmentReader.ReadAsync(layout, (await layout.GetAsync("1.0.0-bf16", Cancel)).Digest, [], Cancel));
    }

    [Fact]
    public async Task One_more_variant_makes_the_signature_of_the_version_an_old_one()
    {
        (string key, string publicKey) = TestKey.Write(_temp);
        await Tool.SucceedAsync("pack", Sample, "--name", "tiny", "--version", "1.0.0", "--variant", "bf16", "-o", _temp.File("layout"));
        await Tool.SucceedAsync("sign", _temp.File("layout"), "--key", key);
        string gguf = _temp.File("tiny.gguf");
        await Tool.SucceedAsync("quantize", Sample, "-t", "q8_0", "-o", gguf);
        Tool second = await Tool.SucceedAsync("pack", gguf, "--name", "tiny", "--version", "1.0.0", "--variant", "q8_0", "-o", _temp.File("layout"));
        Assert.Contains("was signed before and is another now: sign it again", second.Error, StringComparison.Ordinal);
        Assert.Equal(ExitCode.PolicyViolation, (await Tool.RunAsync("verify", _temp.File("layout"), "--key", publicKey)).Code);
        Tool signed = await Tool.SucceedAsync("sign", _temp.File("layout"), "--key", key, "--json");
        using JsonDocument document = JsonDocument.Parse(signed.Output);
        Assert.Equal(3, document.RootElement.GetProperty("signed").GetArrayLength());
        Assert.Equal(0, document.RootElement.GetProperty("signed")[0].GetProperty("files").GetInt32());
        await Tool.SucceedAsync("verify", _temp.File("layout"), "--key", publicKey);
        await Tool.SucceedAsync("verify", $"{_temp.File("layout")}:1.0.0-q8_0", "--key", publicKey);
    }

    [Fact]
    public async Task A_signed_package_goes_through_a_real_registry_and_other_clients_read_it()
    {
        using DockerRegistry registry = await DockerRegistry.StartAsync();
        (string key, string publicKey) = TestKey.Write(_temp);
        string layout = _temp.File("layout");
        string reference = $"oci://{registry.Host}/team/tiny";
        await Tool.SucceedAsync("pack", Sample, "--name", "tiny", "--version", "1.2.0", "--variant", "bf16", "-o", layout);
        await Tool.SucceedAsync("push", layout, reference, "--channels");
        await Tool.SucceedAsync("sign", $"{reference}:1.2.0", "--key", key);
        await Tool.SucceedAsync("verify", $"{reference}:latest", "--key", publicKey, "--download");
        Tool tags = await Tool.SucceedAsync("tags", reference);
        Assert.Equal("1.2.0\n1.2.0-bf16\n1\n1.2\nlatest\n", tags.Output.ReplaceLineEndings("\n"));
        await Tool.SucceedAsync("pull", $"{reference}:1.2", "-o", _temp.File("out"));
        await Tool.SucceedAsync("verify", _temp.File("out"), "--key", publicKey);
        await Tool.SucceedAsync("copy", $"{reference}:1.2.0", _temp.File("mirror"));
        await Tool.SucceedAsync("verify", _temp.File("mirror"), "--key", publicKey);

        string listed = await ExternalProgram.RunAsync("umoci", "ls", "--layout", _temp.File("mirror"));
        Assert.Equal(["1.2.0", "1.2.0-bf16"], listed.Split('\n', StringSplitOptions.RemoveEmptyEntries).Order());
        string digest = (await ExternalProgram.RunAsync("skopeo", "inspect", "--raw", $"oci:{_temp.File("mirror")}:1.2.0-bf16")).Length.ToString();
        Assert.Equal(digest, (await ExternalProgram.RunAsync("skopeo", "inspect", "--raw", "--tls-verify=false", $"docker://{registry.Host}/team/tiny:1.2.0-bf16")).Length.ToString());
        await ExternalProgram.RunAsync("skopeo", "copy", $"oci:{_temp.File("mirror")}:1.2.0-bf16", $"oci:{_temp.File("theirs")}:x");
        Assert.Equal(Hash(Path.Combine(Sample, "model.safetensors")), Hash(Directory.EnumerateFiles(_temp.File("theirs/blobs/sha256")).MaxBy(static f => new FileInfo(f).Length)!));
    }

    private static string Hash(string path) => Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(path)));

    private static string Text(JsonElement element, string name) => element.GetProperty(name).GetString()!;

    private async Task<(OciManifest Manifest, JsonElement Statement)> ProvenanceAsync(string folder, string? tag)
    {
        using LayoutStore layout = LayoutStore.Open(_temp.File(folder));
        OciManifest manifest = await layout.GetAsync(tag ?? (await layout.GetAsync("1.0.0", Cancel)).Manifests[0].Digest.ToString(), Cancel);
        Attachment attachment = Assert.Single(await AttachmentReader.ReadAsync(layout, manifest.Digest, [MediaTypes.Statement], Cancel));
        using JsonDocument document = JsonDocument.Parse(attachment.Content);
        return (manifest, document.RootElement.Clone());
    }
}
