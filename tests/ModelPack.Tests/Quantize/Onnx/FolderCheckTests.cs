using System.Text.Json.Nodes;
using ModelPack.Models;
using ModelPack.Models.Onnx;
using ModelPack.Models.Onnx.Export;
using ModelPack.Quantize.Onnx;
using ModelPack.Tests.Support;

namespace ModelPack.Tests.Quantize.Onnx;

public sealed class FolderCheckTests : IAsyncLifetime
{
    private readonly TempFolder _temp = new();

    private string Folder => _temp.File("m-onnx");

    public async ValueTask InitializeAsync()
    {
        OnnxDecoder decoder = FakeDecoder.Of(
            FakeDecoder.Weight("a", new FakeSource(40, 64), new OnnxWeightFormat.Blocks(4, 32, false, OnnxElementType.Float)),
            FakeDecoder.Weight("b", new FakeSource(40, 64), new OnnxWeightFormat.Plain(OnnxElementType.Float16)));
        await OnnxExporter.RunAsync(
            OnnxPlan.Create(decoder, Folder, new OnnxOptions { Type = OnnxType.Int4, SplitMaxBytes = 6000 }),
            "tiny",
            [
                new("genai_config.json", """{"model":{"decoder":{"filename":"model.onnx"}}}"""u8.ToArray()),
                new("tokenizer.json", "{}"u8.ToArray()),
                new("LICENSES/MIT.txt", "text"u8.ToArray()),
            ],
            new() { Threads = 1 },
            null,
            TestContext.Current.CancellationToken);
    }

    public ValueTask DisposeAsync()
    {
        _temp.Dispose();
        return ValueTask.CompletedTask;
    }

    private string At(string name) => Path.Combine(Folder, name);

    private async Task<string[]> Check() =>
        [.. (await FolderCheck.RunAsync(Folder, null, TestContext.Current.CancellationToken)).Findings.Select(static f => $"{f.Code} {f.File}: {f.Message}")];

    private void Edit(string name, Func<string, string> edit) => File.WriteAllText(At(name), edit(File.ReadAllText(At(name))));

    [Fact]
    public async Task A_folder_as_written_is_sound_and_every_byte_was_hashed()
    {
        FolderReport report = await FolderCheck.RunAsync(Folder, null, TestContext.Current.CancellationToken);
        Assert.Empty(report.Findings);
        Assert.Equal(Directory.GetFiles(Folder, "*", SearchOption.AllDirectories).Sum(static f => new FileInfo(f).Length), report.Bytes);
        Assert.Equal(report.Bytes - new FileInfo(At("modelpack.json")).Length, report.Hashed);
        Assert.Equal(7, report.Files);
    }

    [Fact]
    public async Task One_changed_byte_anywhere_is_found()
    {
        foreach (string path in Directory.GetFiles(Folder, "*", SearchOption.AllDirectories))
        {
            byte[] whole = File.ReadAllBytes(path);
            foreach (int at in (int[])[0, whole.Length / 2, whole.Length - 1])
            {
                byte[] damaged = [.. whole];
                damaged[at] ^= 1;
                File.WriteAllBytes(path, damaged);

                // Of modelpack.json itself a signature will tell; here only what it says must still hold.
                Assert.True((await Check()).Length > 0 || Path.GetFileName(path) == "modelpack.json", $"{path}, byte {at}");
            }

            File.WriteAllBytes(path, whole);
        }

        Assert.Empty(await Check());
    }

    [Fact]
    public async Task A_damaged_a_short_and_a_missing_data_file_are_named()
    {
        byte[] data = File.ReadAllBytes(At("model.onnx.data"));
        data[100] ^= 64;
        File.WriteAllBytes(At("model.onnx.data"), data);
        Assert.StartsWith("hash model.onnx.data: SHA-256 ", Assert.Single(await Check()), StringComparison.Ordinal);
        File.WriteAllBytes(At("model.onnx.data"), data[..^1]);
        Assert.StartsWith($"size model.onnx.data: {data.Length - 1} bytes; tensor a_", Assert.Single(await Check()), StringComparison.Ordinal);
        File.WriteAllBytes(At("model.onnx.data"), [.. data, 0]);
        Assert.Equal($"size model.onnx.data: {data.Length + 1} bytes; expected {data.Length}", Assert.Single(await Check()));
        File.Delete(At("model.onnx.data"));
        Assert.Equal("missing model.onnx.data: no such file; the weights of a are in it", Assert.Single(await Check()));
    }

    [Theory]
    [InlineData("tokenizer.json", "missing tokenizer.json: no such file; ONNX Runtime GenAI reads its tokenizer from it")]
    [InlineData("genai_config.json", "missing genai_config.json: no such file; ONNX Runtime GenAI loads a model by it")]
    [InlineData("model.onnx", "missing model.onnx: no such file; it is the graph")]
    [InlineData("modelpack.json", "missing modelpack.json: no such file; the hashes of all files are in it, so none was compared")]
    [InlineData("LICENSES/MIT.txt", "missing LICENSES/MIT.txt: no such file; modelpack.json lists it with 4 bytes")]
    public async Task A_missing_file_is_named_with_what_it_is_for(string name, string message)
    {
        File.Delete(At(name));
        Assert.Equal(message, (await Check())[0]);
        if (name is not "genai_config.json" and not "model.onnx")
        {
            Assert.Single(await Check());
        }
    }

    [Fact]
    public async Task A_graph_that_points_outside_is_found()
    {
        // The same length, so that only the path is wrong.
        byte[] model = File.ReadAllBytes(At("model.onnx"));
        int at = model.AsSpan().IndexOf("model.onnx.data"u8);
        "../../onnx.data"u8.CopyTo(model.AsSpan(at));
        File.WriteAllBytes(At("model.onnx"), model);
        string[] found = await Check();
        Assert.StartsWith("outside model.onnx: a: external_data: location '../../onnx.data'", found[0], StringComparison.Ordinal);
        Assert.StartsWith("hash model.onnx", found[1], StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_link_that_leaves_the_folder_is_found()
    {
        File.Move(At("model.onnx.data"), _temp.File("elsewhere"));
        File.CreateSymbolicLink(At("model.onnx.data"), _temp.File("elsewhere"));
        Assert.Contains(await Check(), static f => f.StartsWith("outside model.onnx.data: a link that leaves the ", StringComparison.Ordinal));
        File.Delete(At("model.onnx.data"));
        File.CreateSymbolicLink(At("model.onnx.data"), _temp.File("nowhere"));
        Assert.NotEmpty(await Check());
    }

    [Theory]
    [InlineData("../secret")]
    [InlineData("/etc/passwd")]
    [InlineData("a\\\\b")]
    [InlineData("C:/x")]
    [InlineData("model.onnx")]
    public async Task A_manifest_that_lists_a_path_outside_or_a_file_twice_is_found(string name)
    {
        Edit("modelpack.json", text => text.Replace("\"LICENSES/MIT.txt\"", $"\"{name}\"", StringComparison.Ordinal));
        Assert.Contains(await Check(), f => f == $"outside modelpack.json: lists '{name.Replace(@"\\", @"\", StringComparison.Ordinal)}'; expected every file once, and inside the folder");
    }

    [Fact]
    public async Task A_manifest_that_says_another_place_than_the_graph_is_found()
    {
        JsonNode manifest = JsonNode.Parse(File.ReadAllText(At("modelpack.json")))!;
        manifest["tensors"]![0]!["initializers"]![1]!["offset"] = 12345;
        File.WriteAllText(At("modelpack.json"), manifest.ToJsonString());
        Assert.StartsWith("mismatch modelpack.json: a_scales: bytes 12345 to ", Assert.Single(await Check()), StringComparison.Ordinal);
        manifest["tensors"]!.AsArray().RemoveAt(0);
        File.WriteAllText(At("modelpack.json"), manifest.ToJsonString());
        Assert.Equal("mismatch modelpack.json: a: in the graph, but not listed", Assert.Single(await Check()));
    }

    [Theory]
    [InlineData("{", "invalid modelpack.json: cannot be read: ")]
    [InlineData("[]", "invalid modelpack.json: cannot be read: ")]
    [InlineData("{}", "invalid modelpack.json: cannot be read: ")]
    [InlineData("{\"schemaVersion\": 2}", "invalid modelpack.json: schemaVersion 2; this version reads 1")]
    [InlineData("{\"schemaVersion\": 1, \"files\": 3}", "invalid modelpack.json: cannot be read: ")]
    [InlineData("{\"schemaVersion\": 1, \"files\": [{\"name\": null}], \"tensors\": []}", "invalid modelpack.json: ")]
    public async Task A_manifest_that_cannot_be_read_is_said_to_be_so(string text, string message)
    {
        File.WriteAllText(At("modelpack.json"), text);
        Assert.StartsWith(message, Assert.Single(await Check()), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("{", "invalid genai_config.json: cannot be read: ")]
    [InlineData("{\"model\":{}}", "invalid genai_config.json: cannot be read: ")]
    [InlineData("{\"model\":{\"decoder\":{\"filename\":\"../m.onnx\"}}}", "outside genai_config.json: model.decoder.filename '../m.onnx'")]
    [InlineData("{\"model\":{\"decoder\":{\"filename\":\"m.onnx\"}}}", "mismatch genai_config.json: model.decoder.filename 'm.onnx': no such file")]
    public async Task A_configuration_that_does_not_fit_is_found(string text, string message)
    {
        File.WriteAllText(At("genai_config.json"), text);
        Assert.StartsWith(message, (await Check())[0], StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_file_that_nobody_listed_is_found_but_a_signature_is_not()
    {
        File.WriteAllText(At("modelpack.json.sig"), "signature");
        Assert.Empty(await Check());
        File.WriteAllText(At("LICENSES/more.dll"), "");
        Assert.Equal("unlisted LICENSES/more.dll: modelpack.json does not list it", Assert.Single(await Check()));
    }

    [Fact]
    public async Task A_broken_graph_is_a_finding_and_no_crash()
    {
        byte[] model = File.ReadAllBytes(At("model.onnx"));
        foreach (int length in (int[])[0, 1, 10, model.Length / 2])
        {
            File.WriteAllBytes(At("model.onnx"), model[..length]);
            Assert.StartsWith("invalid model.onnx: ", (await Check())[0], StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task No_folder_is_a_fault()
    {
        ModelPackException fault = await Assert.ThrowsAsync<ModelPackException>(
            () => FolderCheck.RunAsync(_temp.File("none"), null, TestContext.Current.CancellationToken));
        Assert.EndsWith("no such folder; expected a folder with model.onnx and modelpack.json", fault.Message, StringComparison.Ordinal);
    }
}
