using System.Text.Json;
using System.Text.Json.Nodes;
using ModelPack.Cli;
using ModelPack.Packaging.Attachments;
using ModelPack.Packaging.Layouts;
using ModelPack.Packaging.Oci;
using ModelPack.Tests.Support;

namespace ModelPack.Tests.Cli;

/// <summary>One bit anywhere, or one document in the place of another: "verify" ends with 3 and says what.</summary>
public sealed class VerifyPackageTests : IDisposable
{
    private readonly TempFolder _temp = new();
    private readonly string _model;
    private readonly string _layout;
    private readonly string _key;
    private readonly string _publicKey;

    public VerifyPackageTests()
    {
        _layout = _temp.File("layout");
        _model = Directory.CreateDirectory(_temp.File("source")).FullName;
        _temp.Write("source/README.md", "---\nlicense: apache-2.0\n---\n"u8);
        _temp.Write("source/config.json", "{\"model_type\": \"none\"}"u8);
        _temp.Write("source/model.safetensors", TestPackage.Bytes(150_000));
        (_key, _publicKey) = TestKey.Write(_temp);
    }

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose() => _temp.Dispose();

    [Theory]
    [InlineData("index", "(index)")]
    [InlineData("manifest", "(manifest)")]
    [InlineData("config", "(config)")]
    [InlineData("layer", "(model.safetensors)")]
    [InlineData("sbom", "(sbom)")]
    [InlineData("sbom manifest", "(sbom)")]
    [InlineData("provenance", "(provenance)")]
    [InlineData("provenance manifest", "(provenance)")]
    [InlineData("signature", "(signature)")]
    [InlineData("signature manifest", "(signature)")]
    public async Task One_bit_in_a_layout_is_found_and_named_with_and_without_a_key(string what, string named)
    {
        await PackAsync();
        await Tool.SucceedAsync("sign", _layout, "--key", _key);
        await Tool.SucceedAsync("verify", _layout, "--key", _publicKey);
        await Tool.SucceedAsync("verify", _layout);
        Digest digest = await FindAsync(what);
        Flip(Path.Combine(_layout, "blobs", "sha256", digest.Hex));
        foreach (string[] line in (string[][])[["verify", _layout], ["verify", _layout, "--key", _publicKey]])
        {
            Tool run = await Tool.RunAsync(line);
            Assert.Equal(ExitCode.PolicyViolation, run.Code);
            Assert.Contains(run.Output.Split('\n'), l => l.StartsWith($"blobs/sha256/{digest.Hex}: has the digest", StringComparison.Ordinal) && l.Contains(named, StringComparison.Ordinal));
        }
    }

    [Theory]
    [InlineData("index", "latest")]
    [InlineData("manifest", "manifest: ")]
    [InlineData("config", "config: ")]
    [InlineData("sbom", "sbom of 1.2.0 bf16: ")]
    [InlineData("sbom manifest", "sbom of 1.2.0 bf16: ")]
    [InlineData("provenance", "provenance of 1.2.0 bf16: ")]
    [InlineData("provenance manifest", "provenance of 1.2.0 bf16: ")]
    [InlineData("signature", "signature of 1.2.0 bf16: ")]
    [InlineData("signature manifest", "signature of 1.2.0 bf16: ")]
    public async Task One_bit_in_a_registry_is_found_and_named(string what, string named)
    {
        using RegistryDouble registry = new() { HasReferrers = true };
        await PackAsync();
        string reference = $"oci://{registry.Host}/team/tiny:latest";
        await Tool.SucceedAsync("push", _layout, reference);
        await Tool.SucceedAsync("sign", reference, "--key", _key);
        await Tool.SucceedAsync("copy", reference, _temp.File("signed"));
        await Tool.SucceedAsync("verify", reference, "--key", _publicKey);
        string digest = (await FindAsync(what, _temp.File("signed"))).ToString();
        if (registry.Blobs.TryGetValue(digest, out byte[]? blob))
        {
            blob[blob.Length / 2] ^= 1;
        }
        else
        {
            // The document of a tag has no digest that was asked for: that its bytes are others shows in what they are signed with.
            byte[] bytes = [.. registry.Manifests[digest].Bytes];
            bytes[bytes.AsSpan().IndexOf(what == "index" ? "tiny-moe"u8 : "sha256:"u8) + (what == "index" ? 3 : 8)] ^= 1;
            string[] names = [.. registry.Manifests.Where(m => m.Value.Bytes.AsSpan().SequenceEqual(registry.Manifests[digest].Bytes)).Select(static m => m.Key)];
            foreach (string name in names)
            {
                registry.Manifests[name] = (bytes, registry.Manifests[name].Type);
            }
        }

        Tool run = await Tool.RunAsync("verify", reference, "--key", _publicKey);
        Assert.Equal(ExitCode.PolicyViolation, run.Code);
        Assert.Contains(what == "index" ? "signature of 1.2.0: is missing" : named, run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_weight_in_a_registry_is_compared_when_it_is_asked_for_and_its_size_always()
    {
        using RegistryDouble registry = new();
        await PackAsync();
        string reference = $"oci://{registry.Host}/team/tiny:1.2.0-bf16";
        await Tool.SucceedAsync("push", _layout, $"oci://{registry.Host}/team/tiny");
        string digest = (await FindAsync("layer")).ToString();
        registry.Log.Clear();
        await Tool.SucceedAsync("verify", reference);
        Assert.DoesNotContain(registry.Log, l => l.StartsWith("GET", StringComparison.Ordinal) && l.Contains(digest, StringComparison.Ordinal));
        await Tool.SucceedAsync("verify", reference, "--download");

        registry.Blobs[digest][70_000] ^= 1;
        await Tool.SucceedAsync("verify", reference);
        Tool changed = await Tool.RunAsync("verify", reference, "--download");
        Assert.Equal(ExitCode.PolicyViolation, changed.Code);
        Assert.Contains("model.safetensors: has the digest", changed.Output, StringComparison.Ordinal);

        registry.Blobs[digest] = registry.Blobs[digest][..^1];
        Tool cut = await Tool.RunAsync("verify", reference);
        Assert.Equal(ExitCode.PolicyViolation, cut.Code);
        Assert.Contains("model.safetensors: ", cut.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_signed_bill_that_was_replaced_by_a_sound_one_is_noticed_by_the_signature()
    {
        await PackAsync();
        await Tool.SucceedAsync("sign", _layout, "--key", _key);
        using LayoutStore layout = LayoutStore.Open(_layout);
        OciManifest manifest = await layout.GetAsync("1.2.0-bf16", Cancel);
        Attachment bill = Assert.Single(await AttachmentReader.ReadAsync(layout, manifest.Digest, [MediaTypes.CycloneDx], Cancel));
        JsonNode changed = JsonNode.Parse(bill.Content.Span)!;
        changed["metadata"]!["component"]!["licenses"] = new JsonArray();
        await layout.DropOldAsync(manifest.Digest, [], Cancel);
        await AttachmentWriter.AddAsync(layout, manifest, MediaTypes.CycloneDx, TestPackage.Text(changed.ToJsonString()), new Dictionary<string, string>(), Cancel);
        await Tool.SucceedAsync("verify", _layout);
        Tool run = await Tool.RunAsync("verify", _layout, "--key", _publicKey, "--json");
        Assert.Equal(ExitCode.PolicyViolation, run.Code);
        using JsonDocument document = JsonDocument.Parse(run.Output);
        string[] texts = [.. document.RootElement.GetProperty("findings").EnumerateArray().Select(static f => f.GetProperty("message").GetString()!)];
        Assert.Contains(texts, t => t.Contains($"names the sbom {bill.Manifest.Digest}, which is missing or changed", StringComparison.Ordinal));
        Assert.Contains(texts, static t => t.Contains("names the provenance", StringComparison.Ordinal));
        Assert.Contains(document.RootElement.GetProperty("attached").EnumerateArray(), static a => a.GetProperty("kind").GetString() == "sbom" && !a.GetProperty("signed").GetBoolean());
    }

    [Theory]
    [InlineData(MediaTypes.CycloneDx, "purl", "sbom of 1.2.0 bf16: is about sha256:")]
    [InlineData(MediaTypes.Spdx, "checksumValue", "sbom of 1.2.0 bf16: lists ")]
    [InlineData(MediaTypes.CycloneDx, "content", "sbom of 1.2.0 bf16: does not list ")]
    [InlineData(MediaTypes.Statement, "sha256", "provenance of 1.2.0 bf16: is about something else")]
    [InlineData(MediaTypes.CycloneDx, "", "no bill of materials")]
    [InlineData(MediaTypes.Statement, "", "no in-toto statement")]
    public async Task A_document_that_is_about_something_else_is_named_without_a_key(string type, string field, string named)
    {
        await PackAsync();
        using LayoutStore layout = LayoutStore.Open(_layout);
        OciManifest manifest = await layout.GetAsync("1.2.0-bf16", Cancel);
        Attachment document = Assert.Single(await AttachmentReader.ReadAsync(layout, manifest.Digest, [type], Cancel));
        string text = System.Text.Encoding.UTF8.GetString(document.Content.Span);
        string digest = field == "content" || field == "checksumValue" ? manifest.Layers[0].Digest.Hex : manifest.Digest.Hex;
        text = field.Length == 0 ? "[]" : text.Replace(digest, new string('0', 64), StringComparison.Ordinal);
        await layout.DropOldAsync(manifest.Digest, [], Cancel);
        await AttachmentWriter.AddAsync(layout, manifest, type, TestPackage.Text(text), new Dictionary<string, string>(), Cancel);
        Tool run = await Tool.RunAsync("verify", $"{_layout}:1.2.0");
        Assert.Equal(ExitCode.PolicyViolation, run.Code);
        Assert.Contains(named, run.Output, StringComparison.Ordinal);
        Assert.Equal(ExitCode.PolicyViolation, (await Tool.RunAsync("verify", _layout)).Code);
    }

    [Fact]
    public async Task A_document_of_others_in_two_layers_is_signed_and_carried_along()
    {
        await PackAsync();
        using (LayoutStore layout = LayoutStore.Open(_layout))
        {
            OciManifest subject = await layout.GetAsync("1.2.0-bf16", Cancel);
            Descriptor[] parts = [await layout.PutBytesAsync(TestPackage.Text("one"), "text/plain", Cancel), await layout.PutBytesAsync(TestPackage.Text("two"), "text/plain", Cancel)];
            string layers = string.Join(',', parts.Select(static p => $$"""{"mediaType":"text/plain","digest":"{{p.Digest}}","size":{{p.Size}}}"""));
            string json = $$"""
                {"schemaVersion":2,"artifactType":"application/x-scan","config":{{layers.Split("},", StringSplitOptions.None)[0]}} },"layers":[{{layers}}],
                "subject":{"mediaType":"{{subject.MediaType}}","digest":"{{subject.Digest}}","size":{{subject.Bytes.Length}} } }
                """;
            await layout.PutManifestAsync(ManifestReader.Read(TestPackage.Text(json), "scan"), null, Cancel);
        }

        await Tool.SucceedAsync("sign", _layout, "--key", _key);
        await Tool.SucceedAsync("verify", _layout, "--key", _publicKey);
        using RegistryDouble registry = new();
        await Tool.SucceedAsync("push", _layout, $"oci://{registry.Host}/team/tiny");
        await Tool.SucceedAsync("verify", $"oci://{registry.Host}/team/tiny:1.2.0", "--key", _publicKey);
        Assert.Contains(registry.Blobs.Values, static b => b.AsSpan().SequenceEqual("two"u8));

        // It is signed too: without it the signature says what is gone.
        string tag = registry.Manifests.Keys.First(k => k.StartsWith("sha256-", StringComparison.Ordinal) && System.Text.Encoding.UTF8.GetString(registry.Manifests[k].Bytes).Contains("x-scan", StringComparison.Ordinal));
        JsonNode list = JsonNode.Parse(registry.Manifests[tag].Bytes)!;
        list["manifests"] = new JsonArray([.. list["manifests"]!.AsArray().Where(static m => m!["artifactType"]!.GetValue<string>() != "application/x-scan").Select(static m => m!.DeepClone())]);
        registry.Manifests[tag] = (TestPackage.Text(list.ToJsonString()), registry.Manifests[tag].Type);
        Tool run = await Tool.RunAsync("verify", $"oci://{registry.Host}/team/tiny:1.2.0", "--key", _publicKey);
        Assert.Equal(ExitCode.PolicyViolation, run.Code);
        Assert.Contains("names the attachment sha256:", run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_key_that_did_not_sign_and_a_package_that_nobody_signed_are_told()
    {
        await PackAsync();
        Tool unsigned = await Tool.RunAsync("verify", _layout, "--key", _publicKey);
        Assert.Equal(ExitCode.PolicyViolation, unsigned.Code);
        Assert.Contains("signature of 1.2.0: is missing", unsigned.Output, StringComparison.Ordinal);
        await Tool.SucceedAsync("sign", _layout, "--key", _key);
        (_, string stranger) = TestKey.Write(_temp, "stranger");
        Tool other = await Tool.RunAsync("verify", _layout, "--key", stranger);
        Assert.Equal(ExitCode.PolicyViolation, other.Code);
        Assert.Contains("signature of 1.2.0 bf16: is missing", other.Output, StringComparison.Ordinal);

        // Someone else's signature beside it takes nothing away.
        await Tool.SucceedAsync("sign", _layout, "--key", _temp.File("stranger.pem"));
        await Tool.SucceedAsync("verify", _layout, "--key", _publicKey);
        await Tool.SucceedAsync("verify", _layout, "--key", stranger);
    }

    [Fact]
    public async Task A_signature_that_was_moved_to_another_package_does_not_hold_there()
    {
        await PackAsync();
        await Tool.SucceedAsync("sign", _layout, "--key", _key);
        using LayoutStore layout = LayoutStore.Open(_layout);
        OciManifest manifest = await layout.GetAsync("1.2.0-bf16", Cancel);
        Attachment bundle = Assert.Single(await AttachmentReader.ReadAsync(layout, manifest.Digest, [MediaTypes.Bundle], Cancel));
        string other = _temp.File("other");
        await Tool.SucceedAsync("pack", _model, "--name", "tiny-moe", "--version", "1.3.0", "--variant", "bf16", "-o", other, "--link");
        using LayoutStore target = LayoutStore.Open(other);
        OciManifest forged = await target.GetAsync("1.3.0-bf16", Cancel);
        Assert.Equal(manifest.Layers.Select(static l => l.Digest), forged.Layers.Select(static l => l.Digest));
        await AttachmentWriter.AddAsync(target, forged, MediaTypes.Bundle, bundle.Content, new Dictionary<string, string>(), Cancel);
        Tool run = await Tool.RunAsync("verify", $"{other}:1.3.0-bf16", "--key", _publicKey);
        Assert.Equal(ExitCode.PolicyViolation, run.Code);
        Assert.Contains($"is of the package {manifest.Digest}", run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_tag_that_was_moved_and_a_registry_that_lies_about_digests_are_noticed()
    {
        using RegistryDouble registry = new() { HasReferrers = true };
        await PackAsync();
        string repository = $"oci://{registry.Host}/team/tiny";
        await Tool.SucceedAsync("push", _layout, repository);
        await Tool.SucceedAsync("sign", $"{repository}:1.2.0", "--key", _key);

        // Someone sells the old version as the new one: all of it is signed, but it is not 1.3.0.
        registry.Manifests["1.3.0"] = registry.Manifests["1.2.0"];
        Tool moved = await Tool.RunAsync("verify", $"{repository}:1.3.0", "--key", _publicKey);
        Assert.Equal(ExitCode.PolicyViolation, moved.Code);
        Assert.Contains("1.3.0: names tiny-moe 1.2.0 [tag]", moved.Output, StringComparison.Ordinal);

        registry.Fault = static context =>
        {
            if (context.Request.Url!.AbsolutePath.Contains("/manifests/", StringComparison.Ordinal))
            {
                context.Response.AddHeader("Docker-Content-Digest", "sha256:" + new string('a', 64));
            }

            return false;
        };
        Tool lying = await Tool.RunAsync("verify", $"{repository}:1.2.0", "--key", _publicKey);
        Assert.Equal(ExitCode.PolicyViolation, lying.Code);
        Assert.Contains("the registry says that the digest is", lying.Output, StringComparison.Ordinal);

        registry.Fault = static _ => false;
        string manifest = (await FindAsync("manifest")).ToString();
        registry.Manifests[manifest] = registry.Manifests["1.2.0"];
        Tool swapped = await Tool.RunAsync("verify", $"{repository}:1.2.0", "--key", _publicKey);
        Assert.Equal(ExitCode.PolicyViolation, swapped.Code);
        Assert.Contains("the registry sent a document with the digest", swapped.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("file", "config.json: has the digest")]
    [InlineData("document", ".modelpack/attached/blobs/sha256/")]
    [InlineData("gone", "signature of 1.2.0 bf16: is missing")]
    public async Task A_pulled_package_brings_its_documents_and_is_verified_with_them(string what, string named)
    {
        await PackAsync();
        await Tool.SucceedAsync("sign", _layout, "--key", _key);
        string folder = _temp.File("out");
        Tool pull = await Tool.SucceedAsync("pull", $"{_layout}:1.2.0", "-o", folder, "--json");
        using (JsonDocument document = JsonDocument.Parse(pull.Output))
        {
            Assert.Equal(4, document.RootElement.GetProperty("attached").GetInt32());
        }

        await Tool.SucceedAsync("verify", folder, "--key", _publicKey);
        await Tool.SucceedAsync("verify", folder);
        string attached = Path.Combine(folder, ".modelpack", "attached");
        string sbom = (await FindAsync("sbom")).Hex;
        switch (what)
        {
            case "file":
                Flip(Path.Combine(folder, "config.json"));
                break;
            case "document":
                Flip(Path.Combine(attached, "blobs", "sha256", sbom));
                break;
            default:
                File.WriteAllText(Path.Combine(attached, "index.json"), """{"schemaVersion":2,"manifests":[]}""");
                break;
        }

        Tool run = await Tool.RunAsync("verify", folder, "--key", _publicKey);
        Assert.Equal(ExitCode.PolicyViolation, run.Code);
        Assert.Contains(named, run.Output, StringComparison.Ordinal);

        // A pull again mends what a pull brought.
        await Tool.SucceedAsync("pull", $"{_layout}:1.2.0", "-o", folder, "--overwrite");
        await Tool.SucceedAsync("verify", folder, "--key", _publicKey);
    }

    [Fact]
    public async Task Files_that_were_signed_before_they_were_packed_are_verified_after_a_pull()
    {
        string model = Directory.CreateDirectory(_temp.File("model")).FullName;
        _temp.Write("model/README.md", "---\nlicense: apache-2.0\n---\n"u8);
        _temp.Write("model/model.safetensors", "weights"u8);
        await Tool.SucceedAsync("sign", model, "--key", _key);
        await Tool.SucceedAsync("pack", model, "--name", "x", "--version", "1.0.0", "-o", _layout, "--no-audit");
        await Tool.SucceedAsync("pull", $"{_layout}:1.0.0", "-o", _temp.File("out"));
        await Tool.SucceedAsync("verify", _temp.File("out"), "--key", _publicKey);
    }

    [Theory]
    [InlineData("sign {layout} --key {key} -o x.sig", "is attached to it")]
    [InlineData("sign oci://127.0.0.1:1/a --key {key}", "expected a tag or a digest at its end")]
    [InlineData("verify oci://127.0.0.1:1/a", "expected a tag or a digest at its end")]
    [InlineData("sbom {layout} --format xml", "'xml' not recognized")]
    public async Task A_command_line_that_makes_no_sense_ends_with_2(string line, string reason)
    {
        await PackAsync();
        Tool run = await Tool.RunAsync(line.Replace("{layout}", _layout, StringComparison.Ordinal).Replace("{key}", _key, StringComparison.Ordinal).Split(' '));
        Assert.Equal((ExitCode.Usage, ""), (run.Code, run.Output));
        Assert.Contains(reason, run.Error, StringComparison.Ordinal);
    }

    private Task<Tool> PackAsync() => Tool.SucceedAsync("pack", _model, "--name", "tiny-moe", "--version", "1.2.0", "--variant", "bf16", "-o", _layout);

    private async Task<Digest> FindAsync(string what, string? folder = null)
    {
        using LayoutStore layout = LayoutStore.Open(folder ?? _layout);
        OciManifest manifest = await layout.GetAsync((await layout.TagsAsync(Cancel)).First(static t => t is "1.2.0" or "latest"), Cancel);
        Digest index = manifest.Digest;
        manifest = await layout.GetAsync(manifest.Manifests[0].Digest.ToString(), Cancel);
        return what switch
        {
            "index" => index,
            "manifest" => manifest.Digest,
            "config" => manifest.Config!.Digest,
            "layer" => manifest.Layers.First(static l => l.Annotation(AnnotationKeys.FilePath) == "model.safetensors").Digest,
            _ => await DocumentAsync(layout, manifest.Digest, what),
        };
    }

    private static async Task<Digest> DocumentAsync(LayoutStore layout, Digest subject, string what)
    {
        Attachment attachment = (await AttachmentReader.ReadAsync(layout, subject, [], Cancel)).First(a => a.Kind == what.Split(' ')[0]);
        return what.EndsWith("manifest", StringComparison.Ordinal) ? attachment.Manifest.Digest : attachment.Document.Digest;
    }

    private static void Flip(string path)
    {
        byte[] bytes = File.ReadAllBytes(path);
        bytes[bytes.Length / 2] ^= 1;
        File.Delete(path);
        File.WriteAllBytes(path, bytes);
    }
}
