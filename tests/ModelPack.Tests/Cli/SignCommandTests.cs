using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using ModelPack.Cli;
using ModelPack.Tests.Support;

namespace ModelPack.Tests.Cli;

public sealed class SignCommandTests : IDisposable
{
    private readonly TempFolder _temp = new();

    public void Dispose() => _temp.Dispose();

    [Theory]
    [InlineData("nistP256")]
    [InlineData("nistP384")]
    [InlineData("nistP521")]
    public async Task A_signature_holds_in_another_verifier(string curve)
    {
        (string key, string publicKey) = Keys(curve);
        string model = Model();
        await Tool.SucceedAsync("sign", model, "--key", key);
        (int code, string said, _) = await ExternalProgram.NodeAsync("sigstore.mjs", Path.Combine(model, "model.sig"), publicKey);
        Assert.True(code == 0, said);
        string[] lines = said.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(Hash(File.ReadAllBytes(publicKey)), lines[0]);
        Assert.Equal(
            [$"README.md {Hash("card"u8)}", $"model.safetensors {Hash("weights"u8)}", $"sub/a.txt {Hash("a"u8)}"],
            lines[1..]);
        await Tool.SucceedAsync("verify", model, "--key", publicKey);
        await Tool.SucceedAsync("verify", model, "--key", key);

        // The other verifier notices a changed statement, so it did look.
        JsonNode bundle = JsonNode.Parse(File.ReadAllText(Path.Combine(model, "model.sig")))!;
        byte[] payload = bundle["dsseEnvelope"]!["payload"]!.GetValue<string>() is var text ? Convert.FromBase64String(text) : [];
        payload[^10] ^= 1;
        bundle["dsseEnvelope"]!["payload"] = Convert.ToBase64String(payload);
        string changed = _temp.Write("changed.sig", Encoding.UTF8.GetBytes(bundle.ToJsonString()));
        Assert.Equal(1, (await ExternalProgram.NodeAsync("sigstore.mjs", changed, publicKey)).Code);
    }

    [Theory]
    [InlineData("changed", "model.safetensors: SHA-256")]
    [InlineData("removed", "sub/a.txt: was signed and is missing")]
    [InlineData("added", "new.bin: was not signed")]
    [InlineData("renamed", "README.txt: was not signed")]
    public async Task Whatever_changed_is_named(string what, string message)
    {
        (string key, string publicKey) = Keys();
        string model = Model();
        await Tool.SucceedAsync("sign", model, "--key", key);
        switch (what)
        {
            case "changed":
                File.WriteAllText(Path.Combine(model, "model.safetensors"), "weightz");
                break;
            case "removed":
                File.Delete(Path.Combine(model, "sub", "a.txt"));
                break;
            case "added":
                File.WriteAllText(Path.Combine(model, "new.bin"), "");
                break;
            default:
                File.Move(Path.Combine(model, "README.md"), Path.Combine(model, "README.txt"));
                break;
        }

        Tool run = await Tool.RunAsync("verify", model, "--key", publicKey);
        Assert.Equal(ExitCode.PolicyViolation, run.Code);
        Assert.Contains(message, run.Output, StringComparison.Ordinal);
        Tool json = await Tool.RunAsync("verify", model, "--key", publicKey, "--json");
        using JsonDocument document = JsonDocument.Parse(json.Output);
        Assert.False(document.RootElement.GetProperty("valid").GetBoolean());
    }

    [Fact]
    public async Task Every_bit_of_the_signed_statement_and_of_the_signature_counts()
    {
        (string key, string publicKey) = Keys();
        string model = Model();
        await Tool.SucceedAsync("sign", model, "--key", key);
        string path = Path.Combine(model, "model.sig");
        string bundle = File.ReadAllText(path);
        Random random = new(7);
        foreach (string field in (string[])["payload", "sig"])
        {
            for (int i = 0; i < 40; i++)
            {
                JsonNode root = JsonNode.Parse(bundle)!;
                JsonNode holder = field == "sig" ? root["dsseEnvelope"]!["signatures"]![0]! : root["dsseEnvelope"]!;
                byte[] bytes = Convert.FromBase64String(holder[field]!.GetValue<string>());
                bytes[random.Next(bytes.Length)] ^= (byte)(1 << random.Next(8));
                holder[field] = Convert.ToBase64String(bytes);
                File.WriteAllText(path, root.ToJsonString());
                Assert.Equal(ExitCode.PolicyViolation, (await Tool.RunAsync("verify", model, "--key", publicKey)).Code);
            }
        }
    }

    [Fact]
    public async Task Another_key_did_not_sign()
    {
        string model = Model();
        await Tool.SucceedAsync("sign", model, "--key", Keys().Private);
        Tool run = await Tool.RunAsync("verify", model, "--key", Keys(name: "other").Public);
        Assert.Equal(ExitCode.PolicyViolation, run.Code);
        Assert.Contains("not signed by this key", run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task One_file_has_its_signature_beside_it()
    {
        (string key, string publicKey) = Keys();
        string file = _temp.Write("model.gguf", "GGUF"u8);
        await Tool.SucceedAsync("sign", file, "--key", key);
        Assert.True(File.Exists(file + ".sig"));
        await Tool.SucceedAsync("verify", file, "--key", publicKey);
        _temp.Write("model.gguf", "GGUG"u8);
        Assert.Equal(ExitCode.PolicyViolation, (await Tool.RunAsync("verify", file, "--key", publicKey)).Code);
    }

    [Fact]
    public async Task Keys_and_signatures_that_are_none_are_refused_with_the_reason()
    {
        string model = Model();
        (string key, string publicKey) = Keys();
        string rsa = _temp.Write("rsa.pem", Encoding.ASCII.GetBytes(RSA.Create(2048).ExportPkcs8PrivateKeyPem()));
        string locked = _temp.Write("locked.pem", Encoding.ASCII.GetBytes(
            ECDsa.Create(ECCurve.NamedCurves.nistP256).ExportEncryptedPkcs8PrivateKeyPem("secret", new PbeParameters(PbeEncryptionAlgorithm.Aes256Cbc, HashAlgorithmName.SHA256, 1000))));
        string brainpool = _temp.Write("odd.pem", Encoding.ASCII.GetBytes(ECDsa.Create(ECCurve.NamedCurves.brainpoolP320r1).ExportPkcs8PrivateKeyPem()));
        foreach ((string file, string message) in ((string, string)[])
            [(publicKey, "a public key"), (rsa, "no elliptic-curve key"), (locked, "is encrypted"), (brainpool, "320 bits"), (_temp.File("none.pem"), "cannot be read")])
        {
            Tool run = await Tool.RunAsync("sign", model, "--key", file);
            Assert.Equal(ExitCode.Failure, run.Code);
            Assert.Contains(message, run.Error, StringComparison.Ordinal);
            Assert.DoesNotContain("PRIVATE KEY", run.Error, StringComparison.Ordinal);
            Assert.False(File.Exists(Path.Combine(model, "model.sig")));
        }

        foreach (string text in (string[])["", "{}", "[]", "{\"dsseEnvelope\": 5}", "{\"dsseEnvelope\": {\"payloadType\": \"text/plain\"}}", new string('[', 5000)])
        {
            File.WriteAllText(Path.Combine(model, "model.sig"), text);
            Assert.Equal(ExitCode.Failure, (await Tool.RunAsync("verify", model, "--key", publicKey)).Code);
        }

        File.Delete(Path.Combine(model, "model.sig"));
        Tool unsigned = await Tool.RunAsync("verify", model, "--key", key);
        Assert.Equal(ExitCode.Failure, unsigned.Code);
        Assert.Contains("model.sig: cannot be read", unsigned.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_link_in_the_folder_is_refused()
    {
        string model = Model();
        File.CreateSymbolicLink(Path.Combine(model, "link"), _temp.Write("outside", "x"u8));
        Tool run = await Tool.RunAsync("sign", model, "--key", Keys().Private);
        Assert.Equal(ExitCode.Failure, run.Code);
        Assert.Contains("link: is a link", run.Error, StringComparison.Ordinal);
    }

    private static string Hash(ReadOnlySpan<byte> bytes) => Convert.ToHexStringLower(SHA256.HashData(bytes));

    private string Model()
    {
        string model = Directory.CreateDirectory(_temp.File("model")).FullName;
        Directory.CreateDirectory(Path.Combine(model, "sub"));
        _temp.Write("model/README.md", "card"u8);
        _temp.Write("model/model.safetensors", "weights"u8);
        _temp.Write("model/sub/a.txt", "a"u8);
        _temp.Write("model/.gitattributes", "not covered"u8);
        return model;
    }

    private (string Private, string Public) Keys(string curve = "nistP256", string name = "key")
    {
        using ECDsa key = ECDsa.Create(ECCurve.CreateFromFriendlyName(curve));
        return (
            _temp.Write($"{name}.pem", Encoding.ASCII.GetBytes(key.ExportPkcs8PrivateKeyPem())),
            _temp.Write($"{name}.pub", Encoding.ASCII.GetBytes(key.ExportSubjectPublicKeyInfoPem() + "\n")));
    }
}
