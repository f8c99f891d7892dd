using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using ModelPack.Licensing.Identity;
using ModelPack.Models;
using ModelPack.Models.Architectures;
using ModelPack.Models.Checkpoints;
using ModelPack.Models.Onnx.Export;
using ModelPack.Models.Onnx.Folder;
using ModelPack.Models.Tokenizers;
using ModelPack.Tests.Models.Tokenizers;
using ModelPack.Tests.Support;

namespace ModelPack.Tests.Models.Onnx.Folder;

/// <summary>The small files of an exported folder: said right, loaded by GenAI, and nothing in them from outside the source.</summary>
public sealed class GenAiFolderTests
{
    // Latent attention caches expanded heads, as wide as the wider of keys and values.
    [Theory]
    [InlineData("deepseekv3", "decoder", 2045, 2046, 2047, "num_attention_heads")]
    [InlineData("kimik2", "decoder", 2045, 2046, 2047, "num_attention_heads")]
    [InlineData("llama31", "llama", 2045, 2047, 2047, "num_key_value_heads")]
    [InlineData("minimaxm2", "decoder", 2045, 2046, 2047, "num_key_value_heads")]
    [InlineData("qwen3", "qwen3", null, 2047, 2045, "num_key_value_heads")]
    [InlineData("qwen3moe", "decoder", null, 2047, 2045, "num_key_value_heads")]
    public void The_config_says_what_the_model_is(string fixture, string type, int? bos, int eos, int pad, string cacheHeads)
    {
        string folder = SharedFolder.Require($"fixtures/{fixture}");
        JsonElement config = Parse(Files(folder)["genai_config.json"]);
        JsonElement source = Parse(File.ReadAllBytes(Path.Combine(folder, "config.json")));
        JsonElement model = config.GetProperty("model");
        JsonElement decoder = model.GetProperty("decoder");
        Assert.Equal(type, model.GetProperty("type").GetString());
        Assert.Equal(bos, model.TryGetProperty("bos_token_id", out JsonElement first) ? first.GetInt32() : null);
        Assert.Equal((eos, pad), (model.GetProperty("eos_token_id").GetInt32(), model.GetProperty("pad_token_id").GetInt32()));
        Same("vocab_size", model, "vocab_size");
        Same("context_length", model, "max_position_embeddings");
        Same("num_hidden_layers", decoder, "num_hidden_layers");
        Same("hidden_size", decoder, "hidden_size");
        Same("num_attention_heads", decoder, "num_attention_heads");
        Same("num_key_value_heads", decoder, cacheHeads);
        int headSize = source.TryGetProperty("qk_nope_head_dim", out JsonElement nope)
            ? Math.Max(nope.GetInt32() + source.GetProperty("qk_rope_head_dim").GetInt32(), source.GetProperty("v_head_dim").GetInt32())
            : source.TryGetProperty("head_dim", out JsonElement head) ? head.GetInt32()
            : source.GetProperty("hidden_size").GetInt32() / source.GetProperty("num_attention_heads").GetInt32();
        Assert.Equal(headSize, decoder.GetProperty("head_size").GetInt32());
        Assert.False(decoder.GetProperty("inputs").TryGetProperty("position_ids", out _));
        JsonElement search = config.GetProperty("search");
        Assert.False(search.GetProperty("past_present_share_buffer").GetBoolean());
        Assert.Equal((0.6, 20), (search.GetProperty("temperature").GetDouble(), search.GetProperty("top_k").GetInt32()));

        void Same(string key, JsonElement said, string sourceKey) =>
            Assert.Equal(source.GetProperty(sourceKey).GetInt32(), said.GetProperty(key).GetInt32());
    }

    [Theory]
    [MemberData(nameof(VocabularyFixtureTests.Fixtures), MemberType = typeof(VocabularyFixtureTests))]
    public void Genai_loads_the_folder_and_gives_the_golden_token_ids(string fixture)
    {
        string source = SharedFolder.Require($"fixtures/{fixture}");
        using TempFolder folder = Exported(source);
        using GenAi model = GenAi.Load(folder.Path);
        using JsonDocument golden = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(source, "golden", "tokens.json")));
        (string Text, int[] Ids)[] cases = [.. golden.RootElement.GetProperty("cases").EnumerateArray()
            .Select(static c => (c.GetProperty("text").GetString()!, c.GetProperty("ids").Deserialize<int[]>()!))];
        bool parsesSpecial = golden.RootElement.GetProperty("made by").GetString()!.StartsWith('@');
        string[] texts = [.. cases.Select(static c => c.Text)];

        // GenAI does not put text in NFC; ids by Hugging Face's tokenizers are of text that was.
        texts = parsesSpecial ? HuggingFaceTokenizer.Encode(folder.Path, texts).Texts : texts;
        List<string> wrong = [];
        int compared = 0;
        for (int i = 0; i < cases.Length; i++)
        {
            // GenAI takes no empty text, ends at a NUL, and always reads the spelling of a special token as that token.
            if (texts[i].Length == 0 || texts[i].Contains('\0') || (!parsesSpecial && texts[i].Contains("<|im_end|>", StringComparison.Ordinal)))
            {
                continue;
            }

            compared++;
            int[] ids = model.Tokenize(texts[i]);
            if (!ids.SequenceEqual(cases[i].Ids))
            {
                wrong.Add($"{JsonSerializer.Serialize(texts[i])}: [{string.Join(' ', ids)}] for [{string.Join(' ', cases[i].Ids)}]");
            }
        }

        Assert.InRange(compared, 38, 40);
        Assert.True(wrong.Count == 0, string.Join('\n', wrong));
    }

    [Theory]
    [InlineData("llama31", "<|begin_of_text|>user\n\nHi<|eot_id|>")]
    [InlineData("qwen3", "<|im_start|>user\nHi<|im_end|>\n<|im_start|>assistant\n")]
    [InlineData("kimik2", "Hi<|im_end|>")]
    [InlineData("minimaxm2", "]~b]user\nHi[e~[\n")]
    public void The_chat_template_is_applied_and_greedy_generation_runs(string fixture, string expected)
    {
        using TempFolder folder = Exported(SharedFolder.Require($"fixtures/{fixture}"));
        using GenAi model = GenAi.Load(folder.Path);
        Assert.Equal(expected, model.ApplyChatTemplate("""[{"role": "user", "content": "Hi"}]"""));
        Assert.Equal([GenAiStub.Next(5, 2048), GenAiStub.Next(GenAiStub.Next(5, 2048), 2048)], model.Generate([5], 2));
    }

    [Fact]
    public void A_tokenizer_made_from_ranks_gives_the_ids_of_llama_cpp_in_Hugging_Faces_tokenizers()
    {
        string source = SharedFolder.Require("fixtures/kimik2");
        using TempFolder folder = Exported(source);
        string[] texts =
        [
            "Hello, world! It's 12345 o'clock.", "我想在apple工作1314151天～", "中文ABC文字def，標點。符號", "  缩进的中文", "　　全角缩进", "a  中",
            "日本語のテキスト。カタカナ", "한국어 문장입니다", "Привет, мир!", "def f(x):\n    return x\n\n\n# 注释", "$100 中文 $中", "naïve café", "😀 中😀文",
            "CamelCase XMLHttp iPhone15Pro", "don't WON'T 'tis", "\t\t x \n\n y", "...!!!  ", "\r\n\r\n", "https://example.org/a?b=c",
        ];
        (_, int[][] ids) = HuggingFaceTokenizer.Encode(folder.Path, texts);
        VocabularyPeerTests.AssertSame(VocabularyReader.Read(source, 2048, new VocabularyOptions()), texts, ids, parseSpecial: false);
        Assert.Equal("kimi-k2", VocabularyReader.Read(folder.Path, 2048, new VocabularyOptions()).PreTokenizer);
    }

    [Fact]
    public void Nothing_of_the_sources_code_is_named_and_files_of_the_model_come_along()
    {
        string source = SharedFolder.Require("fixtures/kimik2");
        Dictionary<string, byte[]> files = Files(source);
        Assert.Equal(
            ["LICENSE", "README.md", "chat_template.jinja", "genai_config.json", "special_tokens_map.json", "tokenizer.json", "tokenizer_config.json"],
            files.Keys.Order(StringComparer.Ordinal));
        JsonElement settings = Parse(files["tokenizer_config.json"]);
        Assert.Equal("PreTrainedTokenizerFast", settings.GetProperty("tokenizer_class").GetString());
        Assert.False(settings.TryGetProperty("auto_map", out _));
        Assert.Equal("{% for m in messages %}{{ m.content }}<|im_end|>{% endfor %}", Encoding.UTF8.GetString(files["chat_template.jinja"]));
        Assert.Equal(File.ReadAllBytes(Path.Combine(source, "LICENSE")), files["LICENSE"]);
        Assert.Equal(File.ReadAllBytes(Path.Combine(source, "README.md")), files["README.md"]);
        Assert.DoesNotContain("LICENSE", Files(source, new()).Keys);
    }

    [Theory]
    [InlineData("MiniMaxTokenizer", "PreTrainedTokenizerFast")]
    [InlineData("LlamaTokenizerFast", "LlamaTokenizerFast")]
    [InlineData(null, "PreTrainedTokenizerFast")]
    public void A_class_that_genai_refuses_is_replaced(string? given, string written)
    {
        using TempFolder source = Source();
        Edit(source, "tokenizer_config.json", json => json["tokenizer_class"] = given);
        Assert.Equal(written, Parse(Files(source.Path)["tokenizer_config.json"]).GetProperty("tokenizer_class").GetString());
    }

    [Fact]
    public void Several_ends_cuda_and_position_ids_are_written()
    {
        using TempFolder source = Source();
        Edit(source, "generation_config.json", static json => json["eos_token_id"] = new JsonArray(2047, 2045, 2047, -1));
        JsonElement config = Parse(Files(source.Path, new() { Provider = OnnxProvider.Cuda, PositionIds = true, ModelFile = "m.onnx" })["genai_config.json"]);
        JsonElement model = config.GetProperty("model");
        Assert.Equal([2047, 2045], model.GetProperty("eos_token_id").EnumerateArray().Select(static e => e.GetInt32()));
        JsonElement decoder = model.GetProperty("decoder");
        Assert.Equal("position_ids", decoder.GetProperty("inputs").GetProperty("position_ids").GetString());
        Assert.Equal("m.onnx", decoder.GetProperty("filename").GetString());
        Assert.Equal("cuda", decoder.GetProperty("session_options").GetProperty("provider_options")[0].EnumerateObject().Single().Name);
    }

    [Theory]
    [InlineData("2048", "generation_config.json: eos_token_id: 2048; expected token ids from 0 to 2047")]
    [InlineData("-5", "generation_config.json: eos_token_id: -5; expected token ids")]
    [InlineData("[1,9999]", "generation_config.json: eos_token_id: [1,9999]; expected token ids")]
    [InlineData("\"x\"", "generation_config.json: eos_token_id: \"x\"; expected an integer")]
    public void An_id_that_is_no_token_is_refused(string value, string message)
    {
        using TempFolder source = Source();
        Edit(source, "generation_config.json", json => json["eos_token_id"] = JsonNode.Parse(value));
        Assert.StartsWith(message, Assert.Throws<InvalidCheckpointException>(() => Files(source.Path)).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("LICENSE")]
    [InlineData("README.md")]
    [InlineData("tokenizer.json")]
    [InlineData("tokenizer_config.json")]
    public void A_link_that_leaves_the_folder_is_never_copied(string name)
    {
        using TempFolder source = Source();
        using TempFolder outside = new();
        string target = outside.File("secret");
        File.Move(source.File(name), target);
        File.CreateSymbolicLink(source.File(name), target);
        Assert.Equal($"{name}: a link that leaves the model's folder; expected a file in it",
            Assert.Throws<InvalidCheckpointException>(() => Files(source.Path)).Message);

        // In a hub's cache every file is a link into one folder.
        File.Move(source.File("config.json"), outside.File("config"));
        File.CreateSymbolicLink(source.File("config.json"), outside.File("config"));
        Assert.Contains(name, Files(source.Path).Keys);
    }

    private static void Edit(TempFolder folder, string name, Action<JsonObject> edit)
    {
        JsonObject json = JsonNode.Parse(File.ReadAllBytes(folder.File(name)))!.AsObject();
        edit(json);
        folder.Write(name, Encoding.UTF8.GetBytes(json.ToJsonString()));
    }

    /// <summary>A copy of a fixture, to be changed.</summary>
    private static TempFolder Source()
    {
        TempFolder folder = new();
        foreach (string path in Directory.EnumerateFiles(SharedFolder.Require("fixtures/qwen3")))
        {
            folder.Write(Path.GetFileName(path), File.ReadAllBytes(path));
        }

        return folder;
    }

    private static TempFolder Exported(string source)
    {
        TempFolder folder = new();
        foreach ((string name, byte[] content) in Files(source))
        {
            folder.Write(name, content);
        }

        JsonElement model = Parse(File.ReadAllBytes(folder.File("genai_config.json"))).GetProperty("model");
        JsonElement decoder = model.GetProperty("decoder");
        GenAiStub.Write(
            folder, model.GetProperty("vocab_size").GetInt32(), decoder.GetProperty("num_hidden_layers").GetInt32(),
            decoder.GetProperty("num_key_value_heads").GetInt32(), decoder.GetProperty("head_size").GetInt32());
        return folder;
    }

    private static Dictionary<string, byte[]> Files(string source, GenAiFolderOptions? options = null)
    {
        using Checkpoint checkpoint = Checkpoint.Open(source);
        DecoderSpec spec = Architecture.Find(checkpoint.Config).ReadSpec(checkpoint.Config);
        return GenAiFolder.Create(checkpoint, spec, options ?? new() { IsLicenseFile = LicenseFileName.IsLicenseLike })
            .ToDictionary(static f => f.Name, static f => f.Content.ToArray());
    }

    private static JsonElement Parse(byte[] json) => JsonDocument.Parse(json).RootElement;
}
