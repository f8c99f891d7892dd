using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using ModelPack.Cli;
using ModelPack.Tests.Support;

namespace ModelPack.Tests.EndToEnd;

/// <summary>The whole way of a model, as docs/publishing.md tells it, through a real registry.</summary>
public sealed class ReleaseTests : IDisposable
{
    private readonly TempFolder _temp = new();

    public void Dispose() => _temp.Dispose();

    [Fact]
    public async Task The_sample_goes_from_its_folder_to_a_registry_and_back_and_writes_text()
    {
        string sample = RepositoryFolder.Join("samples", "tiny-qwen3moe");
        using DockerRegistry registry = await DockerRegistry.StartAsync();
        string reference = $"oci://{registry.Host}/team/tiny-moe:1.0.0";
        using ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        string secret = _temp.Write("key.pem", Encoding.ASCII.GetBytes(key.ExportPkcs8PrivateKeyPem()));
        string open = _temp.Write("key.pub", Encoding.ASCII.GetBytes(key.ExportSubjectPublicKeyInfoPem() + "\n"));
        string model = _temp.File("tiny-moe.gguf");

        await Tool.SucceedAsync(
            "quantize", sample, "--calibration", Path.Combine(sample, "calibration.txt"), "--calibration-tokens", "2048", "-o", model);
        await Tool.SucceedAsync("license", "audit", sample, "--use", "redistribute");
        await Tool.SucceedAsync(
            "pack", model, Path.Combine(sample, "README.md"), "--source", sample, "--name", "team/tiny-moe", "--version", "1.0.0", "--variant", "q4_k_m", "-o", _temp.File("layout"));
        await Tool.SucceedAsync("sign", _temp.File("layout"), "--key", secret);
        await Tool.SucceedAsync("push", _temp.File("layout"), reference);
        await Tool.SucceedAsync("verify", reference, "--key", open, "--download");
        await Tool.SucceedAsync("pull", reference, "-o", _temp.File("pulled"));
        await Tool.SucceedAsync("verify", _temp.File("pulled"));

        string pulled = Assert.Single(Directory.GetFiles(_temp.File("pulled"), "*.gguf", SearchOption.AllDirectories));
        Assert.Equal(File.ReadAllBytes(model), File.ReadAllBytes(pulled));
        using (LlamaModel llama = LlamaCpp.Load(pulled))
        {
            string text = llama.Generate("The king said", 24);
            Assert.True(text.Count(char.IsAsciiLetter) > 20, text);
        }

        // The bill of materials, from the registry, tells what the weights were calibrated on.
        Tool bill = await Tool.RunAsync("sbom", reference, "--format", "cyclonedx", "-o", _temp.File("bom.json"));
        Assert.True(bill.Code == ExitCode.Success, bill.Error);
        JsonNode document = JsonNode.Parse(File.ReadAllText(_temp.File("bom.json")))!;
        Assert.Contains("calibration.txt", document.ToJsonString(), StringComparison.Ordinal);

        // One changed byte of the weights is found.
        using (FileStream file = new(pulled, FileMode.Open, FileAccess.ReadWrite))
        {
            file.Position = file.Length / 2;
            int value = file.ReadByte();
            file.Position--;
            file.WriteByte((byte)(value ^ 1));
        }

        Tool damaged = await Tool.RunAsync("verify", _temp.File("pulled"));
        Assert.Equal(3, damaged.Code);
        Assert.Contains("tiny-moe.gguf", damaged.Output + damaged.Error, StringComparison.Ordinal);
    }
}
