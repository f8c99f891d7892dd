using ModelPack.Models;
using ModelPack.Models.Checkpoints;
using ModelPack.Models.Tensors;
using ModelPack.Tests.Models.Tensors;
using ModelPack.Tests.Support;

namespace ModelPack.Tests.Models.Checkpoints;

public sealed class CheckpointTests
{
    private static readonly Stored A = Stored.F32("a", [2, 2], 1, 2, 3, 4);
    private static readonly Stored B = Stored.BF16("b", [2], 0.5f, -8);

    [Fact]
    public void One_file_is_read()
    {
        using ModelFolder folder = ModelFolder.Of("""{"model_type":"x"}""", A, B, Stored.F32("c", [], 7), Stored.F32("empty", [0, 4]));
        folder.Text("generation_config.json", """{"top_k":20}""");
        using Checkpoint checkpoint = folder.Open();
        Assert.Equal(folder.Path, checkpoint.Folder);
        Assert.Equal("x", checkpoint.Config.Text("model_type"));
        Assert.Equal(20, checkpoint.GenerationConfig?.GetProperty("top_k").GetInt32());
        Assert.Equal([Path.Combine(folder.Path, "model.safetensors")], checkpoint.Files);
        Assert.Equal(["a", "b", "empty", "c"], checkpoint.Stored.Select(static t => t.Name).OrderBy(static n => n == "c"));
        Reads.Equal([1, 2, 3, 4], checkpoint.Tensors["a"].Weights);
        Reads.Equal([0.5f, -8], checkpoint.Tensors["b"].Weights);
        Reads.Equal([7], checkpoint.Tensors["c"].Weights);
        Reads.Equal([], checkpoint.Tensors["empty"].Weights);
        Assert.Equal(DType.BF16, checkpoint.Tensors["b"].Weights.NaturalType);
        Assert.Equal("none", checkpoint.Encoding);
    }

    [Fact]
    public void An_index_says_which_files_count()
    {
        using ModelFolder folder = new ModelFolder().Weights("x-00001-of-00009.safetensors", A).Weights("sub/y.safetensors", B)
            .Weights("consolidated.safetensors", A).Index(("a", "x-00001-of-00009.safetensors"), ("b", "sub/y.safetensors"));
        using Checkpoint checkpoint = folder.Open();
        Assert.Equal(["sub/y.safetensors", "x-00001-of-00009.safetensors"], checkpoint.Files.Select(f => Path.GetRelativePath(folder.Path, f)));
        Assert.Equal(["a", "b"], checkpoint.Tensors.Keys);
    }

    [Fact]
    public void Without_an_index_all_files_count()
    {
        using ModelFolder folder = new ModelFolder().Weights("model-b.safetensors", B).Weights("model-a.safetensors", A).Weights("consolidated.00.safetensors", A)
            .Text("._model-a.safetensors", "Mac OS X");
        using Checkpoint checkpoint = folder.Open();
        Assert.Equal(["model-a.safetensors", "model-b.safetensors"], checkpoint.Files.Select(Path.GetFileName));
        Assert.Equal(1, checkpoint.Stored.Single(static t => t.Name == "b").Location.File);
    }

    [Fact]
    public void A_name_in_two_files_is_an_error() => Refused(
        "y.safetensors: a: also in x.safetensors; names must be unique",
        new ModelFolder().Weights("x.safetensors", A).Weights("y.safetensors", A));

    [Fact]
    public void A_file_that_only_the_index_knows_is_named() => Refused(
        "model.safetensors.index.json: names files that are not in the folder: y.safetensors; expected a complete download",
        new ModelFolder().Weights("x.safetensors", A).Index(("a", "x.safetensors"), ("b", "y.safetensors")));

    [Fact]
    public void A_part_that_only_the_other_names_tell_of_is_named() => Refused(
        "FOLDER: model-00001-of-00003.safetensors, model-00003-of-00003.safetensors: missing; the names of the other files say how many there are",
        new ModelFolder().Weights("model-00002-of-00003.safetensors", A));

    [Fact]
    public void Names_that_only_the_index_knows_are_listed() => Refused(
        "model.safetensors.index.json: names differ from the files'; missing in the files: c; missing in the index: b",
        new ModelFolder().Weights("x.safetensors", A, B).Index(("a", "x.safetensors"), ("c", "x.safetensors")));

    [Theory]
    [InlineData("pytorch_model.bin")]
    [InlineData("model.pt")]
    [InlineData("model.pth")]
    [InlineData("model.ckpt")]
    public void Pickles_are_never_opened(string file)
    {
        using ModelFolder folder = new ModelFolder().Bytes(file, [0x80, 2]);
        Assert.Equal(
            $"{folder.Path}: only pickled weights ({file}), which can run any code when opened and are never read; "
            + "convert them to safetensors where you trust their source, or download the safetensors revision",
            Assert.Throws<UnsupportedModelException>(folder.Open).Message);
    }

    [Fact]
    public void An_empty_folder_is_named() => Refused(
        "FOLDER: no weights; expected model.safetensors, or model.safetensors.index.json and the files it names", new ModelFolder());

    [Fact]
    public void A_folder_without_config_is_named()
    {
        using ModelFolder folder = ModelFolder.Of("{}", A);
        File.Delete(Path.Combine(folder.Path, "config.json"));
        Assert.StartsWith($"{folder.Path}: config.json is missing", Assert.Throws<InvalidCheckpointException>(folder.Open).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_folder_that_is_not_there_is_named() => Assert.StartsWith(
        "/no/such/model: no such folder", Assert.Throws<ModelPackException>(static () => Checkpoint.Open("/no/such/model", TestContext.Current.CancellationToken)).Message, StringComparison.Ordinal);

    [Fact]
    public void A_git_lfs_pointer_is_named_even_in_a_shard() => Refused(
        "y.safetensors: a Git LFS pointer, not the file itself; run 'git lfs pull' in its folder",
        new ModelFolder().Weights("x.safetensors", A).Text("y.safetensors", "version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 9\n"));

    [Fact]
    public void An_empty_file_is_named() => Refused(
        "model.safetensors: 0 bytes; expected a file with content", new ModelFolder().Bytes("model.safetensors", []));

    [Fact]
    public void Weight_files_may_be_links_as_in_hub_caches()
    {
        using ModelFolder blobs = new ModelFolder().Weights("blob", A);
        using ModelFolder folder = new();
        File.CreateSymbolicLink(Path.Combine(folder.Path, "model.safetensors"), Path.Combine(blobs.Path, "blob"));
        using Checkpoint checkpoint = folder.Open();
        Reads.Equal([1, 2, 3, 4], checkpoint.Tensors["a"].Weights);
    }

    [Fact]
    public void A_linked_folder_on_the_way_to_a_weight_file_is_refused()
    {
        using ModelFolder other = ModelFolder.Of("{}", A);
        using ModelFolder folder = new ModelFolder().Index(("a", "sub/model.safetensors"));
        Directory.CreateSymbolicLink(Path.Combine(folder.Path, "sub"), other.Path);
        Assert.StartsWith(
            "model.safetensors.index.json: weight_map: sub/model.safetensors: expected a path inside the folder",
            Assert.Throws<InvalidCheckpointException>(folder.Open).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void A_device_in_place_of_weights_is_not_opened()
    {
        using ModelFolder folder = new();
        File.CreateSymbolicLink(Path.Combine(folder.Path, "model.safetensors"), "/dev/zero");
        Assert.Equal("model.safetensors: 0 bytes; expected a file with content", Assert.Throws<InvalidCheckpointException>(folder.Open).Message);
    }

    [Fact]
    public void A_byte_order_mark_is_skipped()
    {
        using ModelFolder folder = ModelFolder.Of("{}", A);
        folder.Text("config.json", "\uFEFF{\"model_type\":\"x\"}");
        using Checkpoint checkpoint = folder.Open();
        Assert.Equal("x", checkpoint.Config.Text("model_type"));
    }

    [Theory]
    [InlineData("{", "config.json: not valid JSON at line 1, byte 2")]
    [InlineData("[]", "config.json: Array; expected a JSON object")]
    [InlineData("{\"a\":\n}", "config.json: not valid JSON at line 2, byte 1")]
    public void A_broken_config_is_named(string config, string message) => Refused(message, ModelFolder.Of(config, A));

    [Fact]
    public void A_config_nested_beyond_measure_is_refused()
    {
        using ModelFolder folder = ModelFolder.Of($"{{\"a\":{new string('[', 100_000)}", A);
        Assert.StartsWith("config.json: not valid JSON", Assert.Throws<InvalidCheckpointException>(folder.Open).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_config_of_more_than_16_MiB_is_refused() =>
        Refused("config.json: 16777219 bytes; at most 16777216 are read", ModelFolder.Of("{}" + new string(' ', (16 << 20) + 1), A));

    [Theory]
    [InlineData("C64", 8)]
    [InlineData("F6_E2M3", 3)]
    public void Weights_that_are_no_real_numbers_are_refused(string type, int bytes)
    {
        using ModelFolder folder = ModelFolder.Of("{}", new Stored("a", type, [type == "C64" ? 1 : 4], new byte[bytes]));
        Assert.EndsWith("expected real numbers of 4, 8, 16, 32 or 64 bits", Assert.Throws<UnsupportedModelException>(folder.Open).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_that_shrinks_while_open_is_an_error()
    {
        using ModelFolder folder = ModelFolder.Of("{}", A);
        using Checkpoint checkpoint = folder.Open();
        string path = checkpoint.Files[0];
        long length = new FileInfo(path).Length;
        using (FileStream file = new(path, FileMode.Open, FileAccess.Write, FileShare.ReadWrite))
        {
            file.SetLength(length - 4);
        }

        string message = Assert.Throws<InvalidCheckpointException>(() => Reads.All(checkpoint.Tensors["a"].Weights)).Message;
        Assert.Equal($"model.safetensors: ends at byte {length - 4}; expected {length} bytes, as when it was opened", message);
    }

    [Fact]
    public void Opening_can_be_canceled()
    {
        using ModelFolder folder = ModelFolder.Of("{}", A);
        Assert.Throws<OperationCanceledException>(() => Checkpoint.Open(folder.Path, new CancellationToken(canceled: true)));
    }

    [Fact]
    public void A_file_cut_anywhere_is_an_error_and_no_crash()
    {
        byte[] file = ModelFolder.Safetensors(A, B);
        for (int length = 0; length < file.Length; length++)
        {
            using ModelFolder folder = new ModelFolder().Bytes("model.safetensors", file[..length]);
            Assert.Throws<InvalidCheckpointException>(folder.Open);
        }
    }

    [Theory]
    [InlineData("Llama-3.1-8B-Instruct-bnb", "config.json: quantization_config.quant_method: bitsandbytes: not supported")]
    [InlineData("Llama-3.1-8B-CN", "config.json: quantization_config.quant_method: bitsandbytes: not supported")]
    [InlineData("Qwen3-14B-MLX-4bit", "MLX affine quantization (config.json: quantization): not supported")]
    public void Quantized_checkpoints_that_are_not_read_are_refused_by_name(string model, string message)
    {
        string config = SharedFolder.Require($"data/configs/{model}.config.json");
        string index = SharedFolder.Require($"data/configs/{model}.index.json");
        using ModelFolder folder = new(File.ReadAllText(config));
        folder.Text("model.safetensors.index.json", File.ReadAllText(index));
        Assert.StartsWith(message, Assert.Throws<UnsupportedModelException>(folder.Open).Message, StringComparison.Ordinal);

        // The tensor names alone give it away as well.
        folder.Text("config.json", "{}");
        Assert.Contains("not supported", Assert.Throws<UnsupportedModelException>(folder.Open).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("a.weight.absmax", "bitsandbytes 4-bit weights (a.weight.absmax)")]
    [InlineData("a.weight.quant_state.bitsandbytes__nf4", "bitsandbytes 4-bit weights (a.weight.quant_state.bitsandbytes__nf4)")]
    [InlineData("a.biases", "MLX affine weights (a.biases)")]
    [InlineData("a.weight_scale_2", "NVFP4 weights (a.weight_scale_2)")]
    [InlineData("a.weight_global_scale", "NVFP4 weights (a.weight_global_scale)")]
    [InlineData("a.qweight_type", "GGUF blocks in safetensors weights (a.qweight_type)")]
    public void Tensor_names_of_other_encodings_are_refused(string name, string message)
    {
        using ModelFolder folder = ModelFolder.Of("{}", Stored.U8(name, [1], 0));
        Assert.StartsWith(message, Assert.Throws<UnsupportedModelException>(folder.Open).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"quantization_config":{"quant_method":"hqq"}}""", "config.json: quantization_config.quant_method: hqq")]
    [InlineData("""{"quantization_config":{}}""", "config.json: quantization_config without quant_method")]
    [InlineData("""{"text_config":{"quantization_config":{"quant_method":"aqlm"}}}""", "config.json: quantization_config.quant_method: aqlm")]
    [InlineData("""{"quantization_config":{"quant_method":"modelopt","quant_algo":"NVFP4"}}""", "modelopt NVFP4")]
    public void An_unknown_method_is_named_with_those_that_are_known(string config, string message)
    {
        using ModelFolder folder = ModelFolder.Of(config, A);
        Assert.Equal(
            message + ": not supported; supported encodings are awq, compressed-tensors, fbgemm_fp8, fp8, gptq, modelopt (FP8), mxfp4; use the unquantized checkpoint",
            Assert.Throws<UnsupportedModelException>(folder.Open).Message);
    }

    private static void Refused(string message, ModelFolder folder)
    {
        using (folder)
        {
            string actual = Assert.Throws<InvalidCheckpointException>(folder.Open).Message;
            Assert.Equal(message, actual.Replace(folder.Path, "FOLDER", StringComparison.Ordinal));
        }
    }
}
