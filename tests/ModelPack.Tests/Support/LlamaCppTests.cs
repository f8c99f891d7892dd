namespace ModelPack.Tests.Support;

/// <summary>The harness itself: what it says about llama.cpp must be right before it can judge our files.</summary>
public sealed unsafe class LlamaCppTests
{
    [Fact]
    public void The_library_is_the_release_that_the_layouts_were_read_from() =>
        Assert.Contains("0.5.0", LlamaCpp.Version, StringComparison.Ordinal);

    [Fact]
    public void Model_parameters_have_their_known_defaults()
    {
        LlamaNative.EnsureLoaded();
        LlamaModelParams parameters = default;
        LlamaNative.llama_model_default_params(&parameters);
        Assert.Equal((-1, 1, -1), (parameters.GpuLayers, parameters.SplitMode, parameters.LoadMode));
        Assert.Equal((0, 1), (parameters.VocabularyOnly, parameters.UseExtraBuffers));
    }

    [Fact]
    public void Context_parameters_have_their_known_defaults()
    {
        LlamaNative.EnsureLoaded();
        LlamaContextParams parameters = default;
        LlamaNative.llama_context_default_params(&parameters);
        Assert.Equal((512u, 2048u, 512u, 1u), (parameters.Context, parameters.Batch, parameters.MicroBatch, parameters.Sequences));
        Assert.Equal((4, 4), (parameters.Threads, parameters.BatchThreads));
        Assert.Equal(-1, parameters.YarnBetaFast);
        Assert.Equal((-1, 1, 1), (parameters.FlashAttention, parameters.KeyType, parameters.ValueType));
        Assert.Equal(1, parameters.OffloadCache);
    }

    [Fact]
    public void Quantize_parameters_have_their_known_defaults()
    {
        LlamaNative.EnsureLoaded();
        LlamaQuantizeParams parameters = default;
        LlamaNative.llama_model_quantize_default_params(&parameters);
        Assert.Equal((0, 7, 43, 43), (parameters.Threads, parameters.FileType, parameters.OutputType, parameters.EmbeddingType));
        Assert.Equal((0, 1, 0, 0), (parameters.AllowRequantize, parameters.QuantizeOutput, parameters.OnlyCopy, parameters.Pure));
        Assert.True(parameters.Imatrix is null && parameters.TensorTypes is null);
        Assert.Equal(8UL << 30, parameters.MaxBufferSize);
    }

    [Theory]
    [InlineData("stories260K-f32.gguf")]
    [InlineData("stories260K-moe4-f32.gguf")]
    public void A_trained_model_tells_the_story_it_is_known_for(string file)
    {
        string golden = File.ReadAllText(SharedFolder.Require("data/models/golden_greedy.txt"));
        using LlamaModel model = LlamaCpp.Load(SharedFolder.Require($"data/models/{file}"));
        int[] story = model.Generate([model.Bos], 257);
        Assert.Equal(golden.Trim(), model.Detokenize(story).Trim());
    }

    [Fact]
    public void Logits_of_all_positions_agree_with_those_of_single_steps()
    {
        using LlamaModel model = LlamaCpp.Load(SharedFolder.Require("data/models/stories260K-f32.gguf"));
        int[] tokens = model.Tokenize("Once upon a time", addSpecial: true);
        float[] logits = model.Logits(tokens);
        Assert.Equal(tokens.Length * model.VocabularySize, logits.Length);
        for (int i = 0; i < tokens.Length; i++)
        {
            int best = model.Generate(tokens.AsSpan(0, i + 1), 1)[0];
            float[] row = logits[(i * model.VocabularySize)..((i + 1) * model.VocabularySize)];
            Assert.Equal(best, Array.IndexOf(row, row.Max()));
        }
    }

    [Fact]
    public void A_sequence_longer_than_the_last_gets_a_larger_context()
    {
        using LlamaModel model = LlamaCpp.Load(SharedFolder.Require("data/models/stories260K-f32.gguf"));
        float[] before = model.Logits([1, 2, 3]);
        Assert.Equal(600 * model.VocabularySize, model.Logits(new int[600]).Length);
        Assert.Equal(before, model.Logits([1, 2, 3]));
    }

    [Fact]
    public void Text_comes_back_from_its_tokens()
    {
        using LlamaModel model = LlamaCpp.Load(SharedFolder.Require("data/models/stories260K-f32.gguf"), vocabularyOnly: true);
        int[] tokens = model.Tokenize("Lily saw a big, red ball.", addSpecial: true);
        Assert.Equal(model.Bos, tokens[0]);
        Assert.Equal("Lily saw a big, red ball.", model.Detokenize(tokens).Trim());
        Assert.Equal("llama", model.Metadata["general.architecture"]);
        Assert.Equal(512, model.VocabularySize);
    }

    [Fact]
    public void Quantizing_takes_presets_overrides_and_an_importance_matrix()
    {
        string input = SharedFolder.Require("data/models/stories260K-f32.gguf");
        string folder = Directory.CreateTempSubdirectory("modelpack-").FullName;
        try
        {
            byte[] Quantized(LlamaQuantizeOptions options)
            {
                string output = Path.Combine(folder, "out.gguf");
                LlamaCpp.Quantize(input, output, options);
                return File.ReadAllBytes(output);
            }

            byte[] plain = Quantized(new(LlamaFileType.Q4_0));
            Assert.Equal(plain, Quantized(new(LlamaFileType.Q4_0) { Threads = 1 }));
            Assert.NotEqual(plain, Quantized(new(LlamaFileType.Q4_0) { TensorTypes = [("blk\\.1\\.attn_q", 8)] }));
            float[] importance = new float[64];
            Array.Fill(importance, 1);
            importance[7] = 100;
            byte[] weighted = Quantized(new(LlamaFileType.Q4_0)
            {
                Imatrix = new Dictionary<string, float[]> { ["blk.0.attn_q.weight"] = importance },
            });
            Assert.Equal(plain.Length, weighted.Length);
            Assert.NotEqual(plain, weighted);
            byte[] marked = Quantized(new(LlamaFileType.Q4_0) { Metadata = [("quantize.imatrix.file", "here"), ("quantize.imatrix.entries_count", 1)] });
            File.WriteAllBytes(Path.Combine(folder, "marked.gguf"), marked);
            using LlamaModel model = LlamaCpp.Load(Path.Combine(folder, "marked.gguf"));
            Assert.Equal("here", model.Metadata["quantize.imatrix.file"]);
            Assert.Equal("1", model.Metadata["quantize.imatrix.entries_count"]);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Fact]
    public void A_file_that_is_no_gguf_is_refused_with_the_librarys_own_words()
    {
        string path = Path.GetTempFileName();
        try
        {
            File.WriteAllText(path, "not a model");
            InvalidOperationException error = Assert.Throws<InvalidOperationException>(() => LlamaCpp.Load(path));
            Assert.Contains("magic", error.Message, StringComparison.Ordinal);
        }
        finally
        {
            File.Delete(path);
        }
    }
}
