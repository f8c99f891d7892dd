using ModelPack.Models;
using ModelPack.Models.Architectures;
using ModelPack.Models.Gguf;
using ModelPack.Quantize.Calibration;
using ModelPack.Quantize.Importance;
using ModelPack.Tests.Support;

namespace ModelPack.Tests.Quantize.Importance;

public sealed class ImportanceWriterTests
{
    [Fact]
    public void The_file_of_llama_imatrix_is_written_again_byte_by_byte()
    {
        string golden = SharedFolder.Require("fixtures/trained-qwen3moe/golden/imatrix.gguf");
        using TempFolder folder = new();
        using (GgufFile file = GgufFile.Open(golden))
        {
            string[] datasets = [.. file.Metadata["imatrix.datasets"].AsStrings()];
            ImportanceWriter.Write(folder.File("again.gguf"), [.. Entries(file).Reverse()], datasets, 60, 512);
        }

        Assert.Equal(File.ReadAllBytes(golden), File.ReadAllBytes(folder.File("again.gguf")));
        Assert.Equal(["again.gguf"], Directory.GetFiles(folder.Path).Select(Path.GetFileName));
    }

    [Fact]
    public void An_expert_without_tokens_is_zeros_and_a_tensor_without_is_left_out()
    {
        using TempFolder folder = new();
        ImportanceSums experts = new("blk.0.ffn_up_exps.weight", 2, [new float[] { 4, 8 }, default], [2, 0]);
        ImportanceSums nothing = new("blk.1.ffn_up_exps.weight", 2, [default, default], [0, 0]);
        ImportanceWriter.Write(folder.File("m.gguf"), [nothing, experts], ["text"], 1, 4);
        using ImportanceMatrix matrix = ImportanceMatrix.Load(folder.File("m.gguf"));
        ImportanceEntry entry = Assert.Single(matrix.Entries).Value;
        Assert.Equal([1], entry.SilentExperts);
        Assert.Equal([2f, 4, 1, 1], entry.Values.All());
        Assert.Equal(entry.Values.All(), experts.ToEntry().Values.All());
        Assert.Equal((2, 2), (experts.ToEntry().Columns, experts.ToEntry().Experts));
    }

    [Fact]
    public void Heads_of_one_projection_share_a_count()
    {
        using TempFolder folder = new();
        float[] sums = [6, 9];
        ImportanceSums heads = new("blk.0.attn_v_b.weight", 2, [sums, sums, sums], [3]);
        ImportanceWriter.Write(folder.File("m.gguf"), [heads], ["text"], 1, 4);
        using ImportanceMatrix matrix = ImportanceMatrix.Load(folder.File("m.gguf"));
        ImportanceEntry entry = Assert.Single(matrix.Entries).Value;
        Assert.True(entry.Fits(2, 3));
        Assert.Equal([2f, 3, 2, 3, 2, 3], entry.Values.All());
        Assert.Equal(entry.Values.All(), heads.ToEntry().Values.All());
    }

    [Fact]
    public void A_matrix_of_nothing_is_not_written()
    {
        using TempFolder folder = new();
        ImportanceSums nothing = new("blk.1.ffn_up_exps.weight", 2, [default], [0]);
        Assert.EndsWith("no entries in the importance matrix",
            Assert.Throws<InvalidCheckpointException>(() => ImportanceWriter.Write(folder.File("m.gguf"), [nothing], [], 0, 0)).Message);
        Assert.Empty(Directory.GetFiles(folder.Path));
    }

    [Fact]
    public void Inputs_become_entries_of_all_tensors_that_see_them()
    {
        FeedForwardSpec.Experts experts = new(3, 1, 2, 0, 0, new(RouterScoring.Softmax, false, null, true, 1));
        AttentionSpec.Latent latent = new(2, null, 2, 4, 4, 4);
        DecoderSpec spec = new(2, 10, 64, 2, 1e-6, new(1e4, 4, RopeLayout.Pairs, new RopeScaling.None()), true, [new(latent, experts)]);
        ImportanceCollector collector = new();
        TensorRole whole = new(TensorKind.AttentionKeyValueUp, 0);
        collector.Visit(new(LinearPlace.KeyValueLatent, 0, null, 2, [whole, whole with { Kind = TensorKind.AttentionValueUp }]), [1, 2], [], RowSample.Routed);
        LinearInput queries = new(LinearPlace.KeyQuery, 0, null, 8, [whole with { Kind = TensorKind.AttentionKeyUp }]) { Matrices = 2 };
        collector.Visit(queries, [0, 1, 2, 3, 4, 5, 6, 7, 2, 1, 0, 1, 0, 1, 0, 1], [], RowSample.Routed);
        LinearInput first = new(LinearPlace.ExpertInput, 0, 2, 2, [new(TensorKind.ExpertGate, 0, 2), new(TensorKind.ExpertUp, 0, 2)]);
        collector.Visit(first, [3, 1, 3, 1], [1, 1], RowSample.Routed);
        collector.Visit(new(LinearPlace.RouterInput, 0, null, 2, [new(TensorKind.Router, 0)]), [1, 1], [], RowSample.Routed);

        IReadOnlyList<ImportanceSums> entries = CollectedImportance.Entries(spec, collector);
        Assert.Equal(
            ["blk.0.attn_k_b.weight", "blk.0.attn_v_b.weight", "blk.0.ffn_gate_exps.weight", "blk.0.ffn_gate_inp.weight", "blk.0.ffn_up_exps.weight"],
            entries.Select(static e => e.Name));
        Assert.Equal([2, 2, 3, 1, 3], entries.Select(static e => e.Sums.Count));
        Assert.Equal([0L, 0, 2], entries[4].Counts);
        Assert.Equal([1, 1, 1, 1, 9f, 1], entries[2].ToEntry().Values.All());

        // Head by head, with one count of tokens for all.
        Assert.Equal((4, 2L), (entries[0].Columns, entries[0].Counts.Single()));
        Assert.Equal([2, 1, 2, 5, 8, 13, 18f, 25], entries[0].ToEntry().Values.All());
        Assert.Equal([1, 4, 1, 4f], entries[1].ToEntry().Values.All());
        using ImportanceMatrix matrix = CollectedImportance.ToMatrix(spec, collector, ["text"], 1, 4);
        Assert.Equal(5, matrix.EntryCount);
    }

    [Fact]
    public void A_pass_that_saw_nothing_has_no_entries()
    {
        DecoderSpec spec = new(2, 10, 64, 2, 1e-6, new(1e4, 4, RopeLayout.Pairs, new RopeScaling.None()), true, []);
        Assert.StartsWith("no input of a linear layer was seen",
            Assert.Throws<ModelPackException>(() => CollectedImportance.Entries(spec, new())).Message);
    }

    private static IEnumerable<ImportanceSums> Entries(GgufFile file)
    {
        Dictionary<string, GgufTensorInfo> tensors = file.Tensors.ToDictionary(static t => t.Name);
        foreach (GgufTensorInfo sums in file.Tensors.Where(static t => t.Name.EndsWith(".in_sum2", StringComparison.Ordinal)))
        {
            string name = sums.Name[..^".in_sum2".Length];
            GgufTensorInfo counts = tensors[name + ".counts"];
            int columns = (int)sums.Shape[0];
            float[] values = Read(file, sums);
            yield return new(
                name,
                columns,
                [.. values.Chunk(columns).Select(static c => (ReadOnlyMemory<float>)c)],
                [.. Read(file, counts).Select(static c => (long)c)]);
        }
    }

    private static float[] Read(GgufFile file, GgufTensorInfo tensor)
    {
        float[] values = new float[tensor.Count];
        file.OpenTensor(tensor).Read(0, values);
        return values;
    }
}
