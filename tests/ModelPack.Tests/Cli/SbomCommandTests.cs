using System.Security.Cryptography;
using System.Text.Json;
using ModelPack.Cli;
using ModelPack.Tests.Support;

namespace ModelPack.Tests.Cli;

public sealed class SbomCommandTests : IDisposable
{
    private static readonly string Sample = RepositoryFolder.Join("samples/tiny-qwen3moe");

    private readonly TempFolder _temp = new();

    public void Dispose() => _temp.Dispose();

    [Fact]
    public async Task Bills_of_a_checkpoint_a_gguf_an_onnx_folder_and_a_package_are_valid_CycloneDx()
    {
        string gguf = await GgufAsync();
        await Tool.SucceedAsync("quantize", Sample, "--to", "onnx", "-t", "int4", "-o", _temp.File("onnx"));
        await Tool.SucceedAsync("pack", gguf, "--name", "Acme/tiny moe", "--version", "1.2.0-rc.1+b7", "-o", _temp.File("layout"));
        (string Path, string Bill)[] models = [(Sample, "a.json"), (gguf, "b.json"), (_temp.File("onnx"), "c.json"), (_temp.File("layout"), "d.json"), ($"{_temp.File("layout")}:1.2.0-rc.1_b7", "e.json")];
        foreach ((string path, string bill) in models)
        {
            await Tool.SucceedAsync("sbom", path, "-o", _temp.File(bill));
        }

        Assert.Equal((0, "", ""), await ExternalProgram.NodeAsync("cyclonedx.mjs", [.. models.Select(m => _temp.File(m.Bill))]));
        Assert.Equal(File.ReadAllText(_temp.File("d.json")), File.ReadAllText(_temp.File("e.json")));
        JsonElement component = Read("d.json").GetProperty("metadata").GetProperty("component");
        Assert.Equal(("machine-learning-model", "Acme/tiny moe", "1.2.0-rc.1+b7"), (Text(component, "type"), Text(component, "name"), Text(component, "version")));
        Assert.StartsWith("pkg:oci/tiny%20moe@sha256%3A", Text(component, "purl"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_gguf_tells_the_type_of_every_tensor_and_its_own_hash()
    {
        string gguf = await GgufAsync();
        JsonElement component = JsonDocument.Parse((await Tool.SucceedAsync("sbom", gguf)).Output).RootElement.GetProperty("metadata").GetProperty("component");
        Tool inspect = await Tool.SucceedAsync("inspect", gguf, "--tensors", "--json");
        using JsonDocument inspected = JsonDocument.Parse(inspect.Output);
        Assert.Equal(
            inspected.RootElement.GetProperty("tensors").EnumerateArray().Select(static t => $"modelpack:tensor:{Text(t, "name")} {Text(t, "type")}, {t.GetProperty("bytes").GetInt64()} bytes"),
            component.GetProperty("modelCard").GetProperty("properties").EnumerateArray().Select(static p => $"{Text(p, "name")} {Text(p, "value")}"));
        string hash = Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(gguf)));
        Assert.Equal(hash, Text(component.GetProperty("hashes")[0], "content"));
        Assert.Equal(("tiny-q4_k_m.gguf", hash), (Text(component.GetProperty("components")[0], "name"), Text(component.GetProperty("components")[0].GetProperty("hashes")[0], "content")));
        Assert.Equal("text-generation", Text(component.GetProperty("modelCard").GetProperty("modelParameters"), "task"));
        Assert.Contains("modelpack:format=gguf", Facts(component));
        Assert.Contains("modelpack:parameters=5841024", Facts(component));
        Assert.DoesNotContain(Facts(component), static f => f.Contains("verdict", StringComparison.Ordinal));
    }

    [Fact]
    public async Task An_onnx_folder_tells_method_and_options_of_its_recipe()
    {
        await Tool.SucceedAsync("quantize", Sample, "--to", "onnx", "-t", "int4", "-o", _temp.File("onnx"));
        JsonElement component = JsonDocument.Parse((await Tool.SucceedAsync("sbom", _temp.File("onnx"))).Output).RootElement.GetProperty("metadata").GetProperty("component");
        using JsonDocument recipe = JsonDocument.Parse(File.ReadAllBytes(_temp.File("onnx/modelpack.json")));
        Assert.Equal(
            recipe.RootElement.GetProperty("tensors").EnumerateArray().Select(static t => $"{Text(t, "name")} {Text(t, "type")} by {Text(t, "method")}"),
            component.GetProperty("modelCard").GetProperty("properties").EnumerateArray().Select(static p => $"{Text(p, "name")["modelpack:tensor:".Length..]} {Text(p, "value").Split(',')[0]}"));
        Assert.Contains("modelpack:option:blockSize=32", Facts(component));
        Assert.Contains("modelpack:source=tiny-qwen3moe", Facts(component));
        Assert.Contains(component.GetProperty("components").EnumerateArray(), static c => Text(c, "name") == "model.onnx");
    }

    [Fact]
    public async Task The_digest_of_calibration_data_stands_in_the_bill_when_the_model_tells_it()
    {
        string sha = new('a', 64);
        byte[] gguf = GgufBytes.Start(0, 4).Key("general.architecture", 8).Text("llama").Key("quantize.method", 8).Text("gptq").Key("quantize.imatrix.file", 8).Text("/home/me/words.gguf").Key("quantize.calibration.sha256", 8).Text(sha).Pad().ToArray();
        Tool run = await Tool.SucceedAsync("sbom", _temp.Write("m.gguf", gguf));
        string[] facts = Facts(JsonDocument.Parse(run.Output).RootElement.GetProperty("metadata").GetProperty("component"));
        Assert.Contains("modelpack:method=gptq", facts);
        Assert.Contains($"modelpack:calibration:sha256={sha}", facts);
        Assert.Contains("modelpack:imatrix:file=words.gguf", facts);

        await Tool.SucceedAsync("quantize", Sample, "--to", "onnx", "-t", "int4", "-o", _temp.File("onnx"));
        string recipe = File.ReadAllText(_temp.File("onnx/modelpack.json")).Replace("\"blockSize\"", $"\"calibration\": {{\"sha256\": \"{sha}\", \"tokens\": 7}},\n    \"blockSize\"", StringComparison.Ordinal);
        File.WriteAllText(_temp.File("onnx/modelpack.json"), recipe);
        Tool onnx = await Tool.SucceedAsync("sbom", _temp.File("onnx"));
        facts = Facts(JsonDocument.Parse(onnx.Output).RootElement.GetProperty("metadata").GetProperty("component"));
        Assert.Contains($"modelpack:calibration:sha256={sha}", facts);
        Assert.Contains("modelpack:calibration:tokens=7", facts);
    }

    [Fact]
    public async Task Lineage_and_licenses_stand_in_both_formats_without_a_verdict()
    {
        Directory.CreateDirectory(_temp.File("model"));
        _temp.Write("model/README.md", "---\nlicense: mit\nbase_model: acme/base-7b\nbase_model_relation: quantized\ndatasets:\n- acme/words\n---\n"u8);
        _temp.Write("model/LICENSE", TestPackage.Text(SpdxTexts.Text("MIT")));
        _temp.Write("model/weights.safetensors", [1]);
        await Tool.SucceedAsync("sbom", _temp.File("model"), "-o", _temp.File("c.json"));
        await Tool.SucceedAsync("sbom", _temp.File("model"), "--format", "spdx", "-o", _temp.File("s.json"));
        Assert.Equal((0, "", ""), await ExternalProgram.NodeAsync("cyclonedx.mjs", _temp.File("c.json")));
        JsonElement component = Read("c.json").GetProperty("metadata").GetProperty("component");
        JsonElement parent = component.GetProperty("pedigree").GetProperty("ancestors")[0];
        Assert.Equal(("acme/base-7b", "pkg:huggingface/acme/base-7b"), (Text(parent, "name"), Text(parent, "purl")));
        Assert.Equal("quantize of acme/base-7b", Text(component.GetProperty("pedigree"), "notes"));
        Assert.Equal(["MIT declared", "MIT concluded"], component.GetProperty("licenses").EnumerateArray().Select(static l => l.GetProperty("license")).Select(static l => $"{Text(l, "id")} {Text(l, "acknowledgement")}"));
        Assert.Equal("acme/words", Text(Assert.Single(Read("c.json").GetProperty("components").EnumerateArray()), "name"));
        Assert.DoesNotContain("verdict", File.ReadAllText(_temp.File("c.json")), StringComparison.Ordinal);

        JsonElement spdx = Read("s.json");
        JsonElement[] packages = [.. spdx.GetProperty("packages").EnumerateArray()];
        Assert.Equal(["model", "acme/base-7b", "acme/words", "LICENSE", "README.md", "weights.safetensors"], packages.Select(static p => Text(p, "name")));
        Assert.Equal(("MIT", "MIT"), (Text(packages[0], "licenseConcluded"), Text(packages[0], "licenseDeclared")));
        Assert.Equal("4bf5122f344554c53bde2ebb8cd2b7e3d1600ad631c385a5d7cce23c7785459a", Text(packages[5].GetProperty("checksums")[0], "checksumValue"));
        HashSet<string> ids = [.. packages.Select(static p => Text(p, "SPDXID")), "SPDXRef-DOCUMENT"];
        Assert.Equal(packages.Length + 1, ids.Count);
        Assert.All(spdx.GetProperty("relationships").EnumerateArray(), r => Assert.Subset(ids, new HashSet<string> { Text(r, "spdxElementId"), Text(r, "relatedSpdxElement") }));
        Assert.Equal(3, spdx.GetProperty("relationships").EnumerateArray().Count(static r => Text(r, "relationshipType") == "CONTAINS"));
    }

    [Fact]
    public async Task The_same_model_has_the_same_bill_wherever_it_lies_and_another_model_another_name()
    {
        string gguf = await GgufAsync();
        Directory.CreateDirectory(_temp.File("elsewhere"));
        File.Copy(gguf, _temp.File("elsewhere/tiny-q4_k_m.gguf"));
        foreach (string format in (string[])["cyclonedx", "spdx"])
        {
            Tool first = await Tool.SucceedAsync("sbom", gguf, "--format", format);
            Tool second = await Tool.SucceedAsync("sbom", _temp.File("elsewhere/tiny-q4_k_m.gguf"), "--format", format);
            Assert.Equal(first.Output, second.Output);
            Assert.DoesNotContain(_temp.Path, first.Output, StringComparison.Ordinal);
        }

        using (FileStream file = File.Open(_temp.File("elsewhere/tiny-q4_k_m.gguf"), FileMode.Open))
        {
            file.Position = file.Length - 1;
            file.WriteByte(0x55);
        }

        foreach ((string format, string name) in ((string, string)[])[("cyclonedx", "serialNumber"), ("spdx", "documentNamespace")])
        {
            string[] names = [.. new[] { gguf, _temp.File("elsewhere/tiny-q4_k_m.gguf") }.Select(m => Text(JsonDocument.Parse(Tool.SucceedAsync("sbom", m, "--format", format).GetAwaiter().GetResult().Output).RootElement, name))];
            Assert.NotEqual(names[0], names[1]);
        }
    }

    [Fact]
    public async Task Nothing_says_a_time_but_the_one_that_builds_set()
    {
        Tool none = await Tool.SucceedAsync("sbom", Sample);
        Assert.DoesNotContain("timestamp", none.Output, StringComparison.Ordinal);
        Tool spdx = await Tool.SucceedAsync("sbom", Sample, "--format", "spdx");
        Assert.Contains("\"created\": \"1970-01-01T00:00:00Z\"", spdx.Output, StringComparison.Ordinal);
        (int code, string output, string error) = await ExternalProgram.StartAsync(
            ExternalProgram.Require("env"), "SOURCE_DATE_EPOCH=1700000000", "dotnet", "exec", typeof(Program).Assembly.Location, "sbom", Sample);
        Assert.True(code == 0, error);
        Assert.Contains("\"timestamp\": \"2023-11-14T22:13:20Z\"", output, StringComparison.Ordinal);
        (code, _, error) = await ExternalProgram.StartAsync(
            ExternalProgram.Require("env"), "SOURCE_DATE_EPOCH=yesterday", "dotnet", "exec", typeof(Program).Assembly.Location, "sbom", Sample);
        Assert.Equal(ExitCode.Usage, code);
        Assert.Contains("SOURCE_DATE_EPOCH: 'yesterday'", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_package_in_a_registry_gives_the_bill_that_is_attached_and_else_one_of_its_texts()
    {
        using RegistryDouble registry = new();
        using RegistryDouble bare = new();
        await Tool.SucceedAsync("pack", Sample, "--name", "tiny", "--version", "1.0.0", "-o", _temp.File("with"));
        await Tool.SucceedAsync("pack", Sample, "--name", "tiny", "--version", "1.0.0", "-o", _temp.File("without"), "--no-sbom", "--no-provenance");
        await Tool.SucceedAsync("push", _temp.File("with"), $"oci://{registry.Host}/with");
        await Tool.SucceedAsync("push", _temp.File("without"), $"oci://{bare.Host}/without");
        Tool attached = await Tool.SucceedAsync("sbom", $"oci://{registry.Host}/with:1.0.0", "--format", "spdx");
        Assert.Equal((await Tool.SucceedAsync("sbom", _temp.File("with"), "--format", "spdx")).Output, attached.Output);
        Assert.Equal("", attached.Error);

        string weights = Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(Path.Combine(Sample, "model.safetensors"))));
        bare.Log.Clear();
        Tool made = await Tool.SucceedAsync("sbom", $"oci://{bare.Host}/without:1.0.0", "-o", _temp.File("made.json"));
        Assert.Contains("no cyclonedx bill is attached", made.Error, StringComparison.Ordinal);
        Assert.DoesNotContain(bare.Log, l => l.Contains(weights, StringComparison.Ordinal));
        Assert.Equal((0, "", ""), await ExternalProgram.NodeAsync("cyclonedx.mjs", _temp.File("made.json")));
        JsonElement component = Read("made.json").GetProperty("metadata").GetProperty("component");
        Assert.Contains(component.GetProperty("components").EnumerateArray(), c => Text(c, "name") == "model.safetensors" && Text(c.GetProperty("hashes")[0], "content") == weights);
        Assert.Contains("modelpack:precision=bfloat16", Facts(component));
        Assert.Equal("Apache-2.0", Text(component.GetProperty("licenses")[0].GetProperty("license"), "id"));
    }

    [Fact]
    public async Task What_is_no_model_is_refused_and_a_broken_one_still_has_files_and_licenses()
    {
        Assert.Equal(ExitCode.Failure, (await Tool.RunAsync("sbom", _temp.File("nothing"))).Code);
        Tool text = await Tool.RunAsync("sbom", _temp.Write("notes.txt", "x"u8));
        Assert.Equal(ExitCode.Usage, text.Code);
        Directory.CreateDirectory(_temp.File("model"));
        _temp.Write("model/README.md", "---\nlicense: mit\n---\n"u8);
        _temp.Write("model/model.safetensors", "broken"u8);
        Tool broken = await Tool.SucceedAsync("sbom", _temp.File("model"));
        Assert.Contains("says little of the model", broken.Error, StringComparison.Ordinal);
        JsonElement component = JsonDocument.Parse(broken.Output).RootElement.GetProperty("metadata").GetProperty("component");
        Assert.Equal(["README.md", "model.safetensors"], component.GetProperty("components").EnumerateArray().Select(static c => Text(c, "name")));
    }

    private static string Text(JsonElement element, string name) => element.GetProperty(name).GetString()!;

    private static string[] Facts(JsonElement component) => [.. component.GetProperty("properties").EnumerateArray().Select(static p => $"{Text(p, "name")}={Text(p, "value")}")];

    private JsonElement Read(string name)
    {
        using JsonDocument document = JsonDocument.Parse(File.ReadAllBytes(_temp.File(name)));
        return document.RootElement.Clone();
    }

    private async Task<string> GgufAsync()
    {
        string gguf = _temp.File("tiny-q4_k_m.gguf");
        await Tool.SucceedAsync("quantize", Sample, "-t", "q4_k_m", "-o", gguf);
        return gguf;
    }
}
