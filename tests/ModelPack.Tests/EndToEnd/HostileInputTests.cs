using System.Text;
using System.Text.Json.Nodes;
using ModelPack.Models.Gguf;
using ModelPack.Tests.Support;

namespace ModelPack.Tests.EndToEnd;

/// <summary>Whatever a model folder holds, the tool describes or refuses it: soon, in one line, and nothing is left behind.</summary>
[System.Runtime.Versioning.UnsupportedOSPlatform("windows")]
public sealed class HostileInputTests : IDisposable
{
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("fuzz-gguf", ".gguf")]
    [InlineData("hostile", "")]
    [InlineData("safetensors", "")]
    [InlineData("onnx", "")]
    public async Task Every_file_of_a_corpus_is_survived(string corpus, string extension)
    {
        foreach (string source in Directory.GetFiles(SharedFolder.Require($"data/{corpus}")).Order(StringComparer.Ordinal))
        {
            string file = _folder.File("file" + (extension.Length > 0 ? extension : Path.GetExtension(source)));
            File.Copy(source, file);
            await SurviveAsync("inspect", file, "--tensors");
            await SurviveAsync("inspect", file, "--tensors", "--json");
            await SurviveAsync("quantize", file);
            await SurviveAsync("convert", file);
            File.Delete(file);
        }
    }

    [Fact]
    public async Task Every_safetensors_file_is_survived_as_the_weights_of_a_model()
    {
        string model = Model();
        string[] sources = [.. Directory.GetFiles(SharedFolder.Require("data/safetensors")), .. Directory.GetFiles(SharedFolder.Require("data/hostile"), "*.safetensors")];
        foreach (string source in sources)
        {
            File.Copy(source, Path.Combine(model, "model.safetensors"), overwrite: true);
            await SurviveAsync("inspect", model);
            await FailAsync("", "quantize", model);
        }
    }

    [Fact]
    public async Task Hostile_templates_are_carried_or_refused_but_never_run()
    {
        string model = Model();
        foreach (string source in Directory.GetFiles(SharedFolder.Require("data/hostile"), "*.json"))
        {
            File.Copy(source, Path.Combine(model, "tokenizer_config.json"), overwrite: true);
            await SurviveAsync("inspect", model);
            await SurviveAsync("quantize", model, "--dry-run");
        }
    }

    [Fact]
    public async Task Every_real_config_without_its_weights_is_survived()
    {
        string configs = SharedFolder.Require("data/configs");
        foreach (string source in Directory.GetFiles(configs, "*.json").Where(static f => !f.EndsWith(".index.json", StringComparison.Ordinal)))
        {
            string model = Folder(Path.GetFileNameWithoutExtension(source), ("config.json", File.ReadAllBytes(source)));
            string index = source.Replace(".config.json", ".index.json", StringComparison.Ordinal);
            if (index != source)
            {
                File.Copy(index, Path.Combine(model, "model.safetensors.index.json"));
            }

            string reason = Path.GetFileName(source) switch
            {
                "Llama-3.1-8B-Instruct-bnb.config.json" => "bitsandbytes",
                "Qwen3-14B-MLX-4bit.config.json" => "MLX",
                "Llama-3.1-8B-CN.config.json" => "bitsandbytes",
                _ => "",
            };
            await FailAsync(reason, "inspect", model);
            await FailAsync(reason, "quantize", model);
        }
    }

    [Theory]
    [InlineData("model.safetensors")]
    [InlineData("tokenizer.json")]
    [InlineData("tokenizer.model")]
    [InlineData("config.json")]
    [InlineData("model.safetensors.index.json")]
    public async Task A_git_lfs_pointer_is_named(string name)
    {
        string model = Model();
        File.WriteAllText(Path.Combine(model, name), "version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 5\n");
        await FailAsync("Git LFS", "quantize", model);
    }

    [Fact]
    public async Task Pickles_are_never_opened()
    {
        string model = Model();
        File.Delete(Path.Combine(model, "model.safetensors"));
        File.WriteAllBytes(Path.Combine(model, "pytorch_model.bin"), [0x80, 2]);
        await FailAsync("pickle", "inspect", model);
        await FailAsync("pickle", "quantize", model);
    }

    [Theory]
    [InlineData("../evil.safetensors")]
    [InlineData("/etc/evil.safetensors")]
    [InlineData("a/../../evil.safetensors")]
    public async Task An_index_cannot_point_out_of_the_folder(string path)
    {
        string model = Model();
        File.Move(Path.Combine(model, "model.safetensors"), _folder.File("evil.safetensors"));
        File.WriteAllText(
            Path.Combine(model, "model.safetensors.index.json"), new JsonObject { ["weight_map"] = new JsonObject { ["a"] = path } }.ToJsonString());
        await FailAsync("evil.safetensors", "inspect", model);
        await FailAsync("evil.safetensors", "quantize", model);
    }

    [Theory]
    [InlineData("model.safetensors")]
    [InlineData("model.safetensors.index.json")]
    [InlineData("config.json")]
    [InlineData("generation_config.json")]
    [InlineData("tokenizer.json")]
    [InlineData("tokenizer_config.json")]
    [InlineData("chat_template.jinja")]
    [InlineData("README.md")]
    [InlineData("model.gguf")]
    public async Task A_folder_or_a_pipe_in_the_place_of_a_file_is_survived(string name)
    {
        string model = Model();
        string path = Path.Combine(model, name);
        File.Delete(path);
        Directory.CreateDirectory(path);
        await BothAsync();
        Directory.Delete(path);
        using (System.Diagnostics.Process mkfifo = System.Diagnostics.Process.Start("mkfifo", [path]))
        {
            mkfifo.WaitForExit();
        }

        await BothAsync();
        File.Delete(path);
        File.CreateSymbolicLink(path, "/dev/zero");
        await BothAsync();
        File.Delete(path);
        File.CreateSymbolicLink(path, name);
        await BothAsync();

        async Task BothAsync()
        {
            await SurviveAsync("inspect", name == "model.gguf" ? path : model);
            await SurviveAsync("quantize", name == "model.gguf" ? path : model, "--dry-run");
            await SurviveAsync("quantize", RepositoryFolder.Join("samples", "tiny-qwen3moe"), "--imatrix", path, "--dry-run");
        }
    }

    public static TheoryData<string> Nonsense() => ["noise", "brackets", "string", "keys", "merges", "zeros"];

    [Theory]
    [MemberData(nameof(Nonsense))]
    public async Task Ten_megabytes_of_nonsense_are_refused(string kind)
    {
        const int Length = 10 << 20;
        string text = kind switch
        {
            "brackets" => new string('[', Length),
            "string" => $"{{\"model\": \"{new string('x', Length)}\"}}",
            "keys" => $"{{{string.Join(',', Enumerable.Range(0, Length / 14).Select(static i => $"\"k{i}\":{{}}"))}}}",
            "merges" => $"{{\"model\":{{\"type\":\"BPE\",\"vocab\":{{\"a\":0}},\"merges\":[{string.Join(',', Enumerable.Repeat("\"a a\"", Length / 6))}]}}}}",
            "zeros" => new string('\0', Length),
            _ => "",
        };
        byte[] bytes = Encoding.UTF8.GetBytes(text);
        if (kind == "noise")
        {
            new Random(3).NextBytes(bytes = new byte[Length]);
        }

        foreach (string name in (string[])["tokenizer.json", "config.json", "model.safetensors.index.json", "tokenizer.model", "tokenizer_config.json"])
        {
            string model = Model();
            File.WriteAllBytes(Path.Combine(model, name), bytes);
            await SurviveAsync(200 << 20, "quantize", model, "--dry-run");
            Directory.Delete(model, recursive: true);
        }
    }

    [Theory]
    [InlineData("anchors")]
    [InlineData("depth")]
    [InlineData("flow")]
    [InlineData("width")]
    [InlineData("tags")]
    public async Task A_model_card_is_no_bomb(string kind)
    {
        StringBuilder yaml = new("---\nlicense: mit\n");
        switch (kind)
        {
            case "anchors":
                yaml.Append("a0: &a0 [x, x, x, x, x, x, x, x, x]\n");
                for (int i = 1; i < 40; i++)
                {
                    yaml.Append($"a{i}: &a{i} [{string.Join(", ", Enumerable.Repeat($"*a{i - 1}", 9))}]\n");
                }

                yaml.Append("tags: *a39\n");
                break;
            case "depth":
                for (int i = 0; i < 1400; i++)
                {
                    yaml.Append(' ', i).Append("a:\n");
                }

                break;
            case "flow":
                yaml.Append("tags: ").Append('[', 500_000).Append('\n');
                break;
            case "width":
                yaml.Append("tags: [").AppendJoin(", ", Enumerable.Repeat("x", 300_000)).Append("]\n");
                break;
            default:
                yaml.Append("tags: !!python/object/apply:os.system ['touch owned']\nname: !<!> x\n? {a: b}\n: c\n");
                break;
        }

        string model = Model();
        File.WriteAllText(Path.Combine(model, "README.md"), yaml.Append("---\n# Model\n").ToString());
        Tool run = await SurviveAsync(200 << 20, "quantize", model, "--dry-run");
        Assert.True(run.Code == 0, run.Error);
    }

    [Fact]
    public async Task A_hostile_config_is_refused_before_anything_is_made_of_it()
    {
        string model = Model();
        string path = Path.Combine(model, "config.json");
        JsonObject config = JsonNode.Parse(File.ReadAllText(path))!.AsObject();
        string[] values =
            ["0", "-1", "1000000000", "9007199254740993", "1e308", "-0.5", "\"x\"", "\"\\u001b[31m\\nmodelpack: done\"", "[]", "[-1]", "{}", "true", "null", "[[[[[[]]]]]]"];
        foreach (string key in config.Select(static p => p.Key).Append("quantization_config").Append("rope_scaling").ToArray())
        {
            foreach (string value in values)
            {
                JsonObject changed = config.DeepClone().AsObject();
                changed[key] = JsonNode.Parse(value);
                File.WriteAllText(path, changed.ToJsonString());
                await SurviveAsync("inspect", model);
                await SurviveAsync("quantize", model, "--dry-run");
            }
        }

        File.WriteAllText(path, config.ToJsonString().Replace("\"num_hidden_layers\":1", "\"num_hidden_layers\":1000000000", StringComparison.Ordinal));
        await FailAsync("num_hidden_layers", "quantize", model);
    }

    [Theory]
    [InlineData("tokenizer.json")]
    [InlineData("tokenizer_config.json")]
    public async Task A_hostile_tokenizer_is_survived(string name)
    {
        string model = Model();
        string path = Path.Combine(model, name);
        JsonObject tokenizer = JsonNode.Parse(File.ReadAllText(path))!.AsObject();
        List<string[]> places = [.. tokenizer.Select(static p => new[] { p.Key }), ["chat_template"], ["added_tokens_decoder"]];
        foreach ((string key, JsonNode? value) in tokenizer)
        {
            places.AddRange(value is JsonObject inner ? inner.Select(p => new[] { key, p.Key }) : []);
        }

        foreach (string[] place in places)
        {
            foreach (string value in (string[])["-1", "1e9", "\"\\u001b]0;x\\u0007\"", "[]", "[1]", "[\"a\", \"b c d\"]", "{}", "{\"type\": \"x\"}", "{\"a\": \"b\"}", "true", "null"])
            {
                JsonObject changed = tokenizer.DeepClone().AsObject();
                (place.Length == 1 ? changed : changed[place[0]]!.AsObject())[place[^1]] = JsonNode.Parse(value);
                File.WriteAllText(path, changed.ToJsonString());
                await SurviveAsync("quantize", model, "--dry-run");
            }
        }
    }

    [Fact]
    public async Task Hostile_metadata_of_a_gguf_is_survived()
    {
        string source = _folder.File("model.gguf");
        await Tool.SucceedAsync("convert", Model(), "-o", source);
        using GgufFile file = GgufFile.Open(source);
        GgufValue[] values =
        [
            GgufValue.Of(0u), GgufValue.Of(-1), GgufValue.Of(ulong.MaxValue), GgufValue.Of(1_000_000_000u), GgufValue.Of(float.NaN),
            GgufValue.Of("\u001b[31m\nmodelpack: done\udc9b"), GgufValue.OfArray<uint>([]), GgufValue.OfArray<string>(["a"]), GgufValue.Of(true),
        ];
        string path = _folder.File("changed.gguf");
        foreach (string key in file.Metadata.Select(static p => p.Key).Append("llama.expert_count").Append("split.count").ToArray())
        {
            foreach (GgufValue value in values)
            {
                if (key == "general.alignment")
                {
                    continue;
                }

                GgufMetadata changed = file.Metadata.Copy();
                changed[key] = value;
                GgufLayout layout = GgufLayout.Create(changed, [.. file.Tensors.Select(static t => (t.Name, t.Type, t.Shape))]);
                using (FileStream output = File.Create(path))
                {
                    layout.WriteHeader(output);
                    output.SetLength(layout.TotalBytes);
                }

                await SurviveAsync("inspect", path);
                await SurviveAsync("inspect", path, "--json");
                await SurviveAsync("quantize", path, "--dry-run");
            }
        }
    }

    [Theory]
    [InlineData("a\u001b[31mb\nmodelpack: done\u009b1m")]
    [InlineData("..\u202e\u2028x")]
    public async Task Names_reach_the_terminal_without_their_control_characters(string name)
    {
        string model = Model();
        string path = Path.Combine(model, "model.safetensors");
        SafetensorsFixture.Write(path, [new($"model.{name}.weight", new FixtureTensor("F32", [1], new byte[4]))], [new(name, name)]);
        await SurviveAsync("inspect", model, "--tensors");
        await SurviveAsync("inspect", path, "--tensors");
        await FailAsync("", "quantize", model);
        File.WriteAllText(Path.Combine(model, "config.json"), new JsonObject { ["architectures"] = new JsonArray(name), ["model_type"] = name }.ToJsonString());
        await SurviveAsync("inspect", model);
        await FailAsync("", "quantize", model);
        string renamed = _folder.File(name);
        Directory.Move(Model("good"), renamed);
        await SurviveAsync("inspect", renamed);
        await SurviveAsync("quantize", renamed, "--dry-run");
        await SurviveAsync("inspect", _folder.File(name + "x"));
        Tool run = await Tool.RunAsync("quantize", renamed, "--rule", name + "=q8_0");
        Assert.DoesNotContain(run.Error.TrimEnd(), char.IsControl);
    }

    [Theory]
    [InlineData("no/such/folder/out.gguf", "the folder does not exist")]
    [InlineData("/proc/out.gguf", "are needed; 0 bytes are free")]
    [InlineData("/dev/full", "is a device or a pipe")]
    [InlineData("/dev/full/out.gguf", "the folder does not exist")]
    [InlineData("link", "is a device or a pipe")]
    [InlineData("model", "is a folder")]
    [InlineData("model/", "is a folder")]
    [InlineData("model/model.safetensors", "is the input")]
    public async Task An_output_that_cannot_be_written_is_named_and_nothing_is_left(string output, string reason)
    {
        string model = Model();
        File.CreateSymbolicLink(_folder.File("link"), "/dev/full");
        foreach (string option in (string[])["--overwrite", "--resume"])
        {
            Tool run = await Tool.RunAsync("quantize", model, "-o", Path.Combine(_folder.Path, output), option, "--verbosity", "quiet");
            Assert.Equal(1, run.Code);
            if (option == "--overwrite" || !reason.Contains("device", StringComparison.Ordinal))
            {
                Assert.Contains(reason, run.Error, StringComparison.Ordinal);
            }

            Assert.False(File.Exists("/dev/full.partial") || File.Exists("/dev/full.partial.journal"));
            Assert.Equal(["link", "model"], Directory.GetFileSystemEntries(_folder.Path).Select(Path.GetFileName).Order());
        }
    }

    [Fact]
    public async Task A_folder_that_may_not_be_written_to_is_named()
    {
        string output = Directory.CreateDirectory(_folder.File("closed")).FullName;
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(output, UnixFileMode.UserRead | UnixFileMode.UserExecute);
        }

        Tool run = await Tool.RunAsync("quantize", Model(), "-o", Path.Combine(output, "out.gguf"));

        // Root may write everywhere.
        Assert.Equal(Environment.IsPrivilegedProcess ? 0 : 1, run.Code);
        Assert.Equal(run.Code == 1, run.Error.Contains("out.gguf.partial.journal: cannot write: ", StringComparison.Ordinal));
        Assert.Equal(run.Code == 1 ? 0 : 1, Directory.GetFiles(output).Length);
    }

    [Theory]
    [InlineData("inspect", "")]
    [InlineData("quantize", "")]
    [InlineData("convert", " ")]
    [InlineData("quantize", "m", "-o", "")]
    [InlineData("convert", "m", "-o", "-x")]
    [InlineData("quantize", "m", "--imatrix", "")]
    public async Task A_path_that_is_none_is_a_fault_of_the_command_line(params string[] args)
    {
        Tool run = await Tool.RunAsync(args);
        Assert.Equal(2, run.Code);
        Assert.StartsWith("modelpack: ", run.Error, StringComparison.Ordinal);
    }

    /// <summary>A folder that is sound: one layer, a megabyte.</summary>
    private string Model(string name = "model")
    {
        RandomCheckpoint.Write(_folder.File(name), RandomModel.TinyDense with { Layers = 1, FeedForward = 256, Vocabulary = 272 });
        return _folder.File(name);
    }

    private string Folder(string name, params (string Name, byte[] Content)[] files)
    {
        string folder = Directory.CreateDirectory(_folder.File(name)).FullName;
        foreach ((string file, byte[] content) in files)
        {
            File.WriteAllBytes(Path.Combine(folder, file), content);
        }

        return folder;
    }

    private Task<Tool> SurviveAsync(params string[] args) => SurviveAsync(64 << 20, args);

    private async Task FailAsync(string reason, params string[] args)
    {
        Tool run = await SurviveAsync(args);
        Assert.True(run.Code == 1, $"modelpack {string.Join(' ', args)}: exit {run.Code}\n{run.Output}");
        Assert.Contains(reason, run.Error, StringComparison.OrdinalIgnoreCase);
    }

    /// <summary>Runs the tool on something hostile; it must come back soon, with little memory, and leave nothing when it fails.</summary>
    private async Task<Tool> SurviveAsync(long mostBytes, params string[] args)
    {
        string output = Directory.CreateDirectory(_folder.File("out")).FullName;
        string[] all = args[0] == "inspect" ? args : [.. args, "-o", Path.Combine(output, "out.gguf")];
        string what = $"modelpack {string.Join(' ', all)}";
        (Tool run, long bytes) = await Task.Factory.StartNew(
            () =>
            {
                long before = GC.GetAllocatedBytesForCurrentThread();
                Tool tool = Tool.RunAsync(all).GetAwaiter().GetResult();
                return (tool, GC.GetAllocatedBytesForCurrentThread() - before);
            },
            TestContext.Current.CancellationToken,
            TaskCreationOptions.LongRunning,
            TaskScheduler.Default).WaitAsync(TimeSpan.FromSeconds(60), TestContext.Current.CancellationToken);
        what += $"\nexit {run.Code}, {bytes} bytes allocated\n{run.Error}";
        Assert.True(run.Code is 0 or 1, what);
        Assert.DoesNotContain("internal error", run.Error, StringComparison.Ordinal);
        Assert.True(bytes < mostBytes, what);
        string error = run.Error.ReplaceLineEndings("\n");
        Assert.False((run.Output.ReplaceLineEndings("\n") + error).Any(static c => char.IsControl(c) && c != '\n'), what);
        Assert.All(
            error.Split('\n', StringSplitOptions.RemoveEmptyEntries), line => Assert.Matches("^(modelpack: (error|warning): |quantize: |convert: )", line));
        if (run.Code == 1)
        {
            Assert.Equal("", run.Output);
            Assert.Contains("modelpack: error: ", error, StringComparison.Ordinal);
            Assert.All(Directory.GetFileSystemEntries(output), f => Assert.Contains(".gguf.partial", f, StringComparison.Ordinal));
        }

        Directory.Delete(output, recursive: true);
        return run;
    }
}
