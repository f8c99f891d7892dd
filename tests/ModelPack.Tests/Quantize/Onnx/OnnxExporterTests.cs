using System.Security.Cryptography;
using System.Text.Json.Nodes;
using ModelPack.Models;
using ModelPack.Models.Architectures;
using ModelPack.Models.Onnx;
using ModelPack.Models.Onnx.Export;
using ModelPack.Quantize.Importance;
using ModelPack.Quantize.Onnx;
using ModelPack.Quantize.Onnx.Encoders;
using ModelPack.Quantize.Streaming;
using ModelPack.Tests.Support;

namespace ModelPack.Tests.Quantize.Onnx;

public sealed class OnnxExporterTests : IDisposable
{
    private static readonly OnnxWeightFormat.Plain Float = new(OnnxElementType.Float);
    private static readonly OnnxWeightFormat.Plain Half = new(OnnxElementType.Float16);
    private static readonly OnnxWeightFormat.Blocks Int4 = new(4, 32, true, OnnxElementType.Float);
    private static readonly OnnxWeightFormat.Blocks Int4Affine = new(4, 64, false, OnnxElementType.Float16);
    private static readonly OnnxWeightFormat.Blocks Int8Row = new(8, 0, true, OnnxElementType.Float);

    private readonly TempFolder _folder = new();

    private string Output => _folder.File("m-onnx");

    private string Partial => Output + ".partial";

    public void Dispose() => _folder.Dispose();

    /// <summary>Slices of many kinds: several a weight, one row, a row longer than a slice, stacked experts, odd rows.</summary>
    private static OnnxWeight[] Weights() =>
    [
        FakeDecoder.Weight("embedding", new FakeSource(1500, 1024, 7, granularity: 100), Half, new(TensorKind.Embedding)),
        FakeDecoder.Weight("norm", new FakeSource(1, 1024), Float),
        FakeDecoder.Weight("q", new FakeSource(2, 600_000, 3), Int4, new(TensorKind.AttentionQuery, 0)),
        FakeDecoder.Weight("k", new FakeSource(1100, 1000, 4), Int4Affine, new(TensorKind.AttentionKey, 0)),
        FakeDecoder.Weight("gate_up", new FakeSource(24 * 40, 256, 5), Int4Affine, new(TensorKind.ExpertGateUp, 0), [.. Enumerable.Range(0, 40)]),
        FakeDecoder.Weight("down", new FakeSource(24 * 4, 171, 6), Int8Row, new(TensorKind.ExpertDown, 0), 0, 2, 3, 5),
    ];

    private OnnxPlan Plan(OnnxWeight[]? weights = null, long? split = null, string[]? sources = null, ImportanceMatrix? importance = null) => OnnxPlan.Create(
        FakeDecoder.Of(weights ?? Weights()) with { Sources = sources ?? [] },
        Output,
        new OnnxOptions { Type = OnnxType.Int4, SplitMaxBytes = split, Importance = importance });

    private static Task<OnnxResult> Run(OnnxPlan plan, StreamingOptions? options = null, IProgress<QuantizeProgress>? progress = null) =>
        OnnxExporter.RunAsync(
            plan,
            "tiny",
            [new("genai_config.json", "{}"u8.ToArray()), new("LICENSES/MIT.txt", "text"u8.ToArray())],
            options ?? new() { Threads = 2 },
            progress,
            TestContext.Current.CancellationToken);

    /// <summary>What is in a folder: names and hashes.</summary>
    private static string Content(string folder) => string.Join('\n', Directory.GetFiles(folder, "*", SearchOption.AllDirectories).Order().Select(f =>
        $"{Path.GetRelativePath(folder, f)} {Convert.ToHexString(SHA256.HashData(File.ReadAllBytes(f)))}"));

    /// <summary>The data files as they must be: each weight encoded at once, zeros between.</summary>
    private static byte[][] Expected(OnnxPlan plan)
    {
        byte[][] files = [.. plan.DataFiles.Select(static f => new byte[f.Bytes])];
        foreach (OnnxPlannedWeight weight in plan.Weights)
        {
            float[] weights = new float[weight.Count];
            weight.Weight.Source.Read(0, weights);
            byte[][] encoded = [.. weight.Places.Select(static p => new byte[p.Initializer.Bytes])];
            switch (weight.Weight.Format)
            {
                case OnnxWeightFormat.Blocks blocks:
                    BlockGrid grid = new(blocks, weight.Weight.Source.Columns);
                    BlocksKernel.Variants[0].Encode(weights, grid, [], encoded[0], encoded[1], encoded.Length > 2 ? encoded[2] : []);
                    break;
                case OnnxWeightFormat.Plain { Type: OnnxElementType.Float16 }:
                    encoded[0] = [.. weights.SelectMany(static w => BitConverter.GetBytes((System.Half)w))];
                    break;
                default:
                    encoded[0] = [.. weights.SelectMany(BitConverter.GetBytes)];
                    break;
            }

            foreach ((OnnxPlace place, byte[] bytes) in weight.Places.Zip(encoded))
            {
                bytes.CopyTo(files[place.File], place.Offset);
            }
        }

        return files;
    }

    private void CheckData(OnnxPlan plan)
    {
        foreach (((string name, _), byte[] expected) in plan.DataFiles.Zip(Expected(plan)))
        {
            Assert.True(expected.AsSpan().SequenceEqual(File.ReadAllBytes(Path.Combine(Output, name))), name);
        }
    }

    [Fact]
    public async Task The_data_are_every_weight_encoded_and_the_folder_is_complete()
    {
        OnnxPlan plan = Plan();
        OnnxResult result = await Run(plan);
        CheckData(plan);
        Assert.Equal(["LICENSES/MIT.txt", "genai_config.json", "model.onnx", "model.onnx.data", "modelpack.json"], result.Files);
        Assert.Equal(result.Files.Order(), Directory.GetFiles(Output, "*", SearchOption.AllDirectories).Select(f => Path.GetRelativePath(Output, f)).Order());
        Assert.Equal(result.Bytes, Directory.GetFiles(Output, "*", SearchOption.AllDirectories).Sum(static f => new FileInfo(f).Length));
        Assert.Equal(plan.Model.ToArray(), File.ReadAllBytes(Path.Combine(Output, "model.onnx")));
        Assert.Equal([Output], Directory.GetFileSystemEntries(_folder.Path));
    }

    [Fact]
    public void Places_are_aligned_and_do_not_overlap()
    {
        OnnxPlan plan = Plan(split: 1_600_000 * 2);
        Assert.InRange(plan.DataFiles.Count, 2, 4);
        foreach (var file in plan.Weights.SelectMany(static w => w.Places).GroupBy(static p => p.File))
        {
            long end = 0;
            foreach (OnnxPlace place in file)
            {
                Assert.InRange(place.Offset, end, end + 4095);
                Assert.Equal(0, place.Offset % (place.Initializer.Bytes >= 65536 ? 4096 : 64));
                end = place.Offset + place.Initializer.Bytes;
            }

            Assert.Equal(end, plan.DataFiles[file.Key].Bytes);
            Assert.InRange(end, 1, 3_200_000);
        }
    }

    [Fact]
    public void An_initializer_larger_than_a_file_may_be_is_named()
    {
        ModelPackException fault = Assert.Throws<ModelPackException>(() => Plan(split: 1_000_000));
        Assert.StartsWith("embedding: 3072000 bytes; an initializer cannot be split", fault.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(1, 128 << 20)]
    [InlineData(2, 128 << 20)]
    [InlineData(5, 128 << 20)]
    [InlineData(5, 1)]
    [InlineData(3, 1 << 20)]
    public async Task Bytes_and_errors_do_not_depend_on_threads_or_memory(int threads, long memory)
    {
        OnnxResult one = await Run(Plan(), new() { Threads = 1, MeasureError = true });
        string expected = Content(Output);
        OnnxResult many = await Run(Plan(), new() { Threads = threads, MemoryBytes = memory, MeasureError = true, Overwrite = true });
        Assert.Equal(expected, Content(Output));
        Assert.Equal(one.Weights, many.Weights);
        Assert.Equal(0, many.Weights.Single(static w => w.Name == "norm").RelativeError);
        Assert.InRange(many.Weights.Single(static w => w.Name == "q").RelativeError!.Value, 0.03, 0.12);
        Assert.InRange(many.Weights.Single(static w => w.Name == "down").RelativeError!.Value, 0.001, 0.01);
        Assert.Equal([Output], Directory.GetFileSystemEntries(_folder.Path));
    }

    [Fact]
    public async Task A_cancelled_run_leaves_no_final_folder_and_is_resumed_to_the_same_bytes()
    {
        long split = 3_200_000;
        await Run(Plan(split: split));
        string expected = Content(Output);
        int slices = new SliceGrid(Plan().Weights).Count;
        Assert.InRange(slices, 6, 100);
        for (int stopAfter = 1; stopAfter < slices; stopAfter++)
        {
            Directory.Delete(Output, recursive: true);
            using CancellationTokenSource cancel = new();
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => OnnxExporter.RunAsync(
                Plan(split: split), "tiny", [], new() { Threads = 2 }, new Hook(n => { if (n == stopAfter) { cancel.Cancel(); } }), cancel.Token));
            Assert.False(Directory.Exists(Output));
            Assert.True(Directory.Exists(Partial));
            int before = 0;
            OnnxResult result = await Run(Plan(split: split), new() { Threads = 2, Resume = true }, new Hook(n => before = n));
            Assert.Equal(expected, Content(Output));
            Assert.InRange(result.ResumedWeights, 1, Plan().WeightCount);
            Assert.InRange(before, 0, slices - stopAfter);
            Assert.Equal([Output], Directory.GetFileSystemEntries(_folder.Path));
        }
    }

    [Fact]
    public async Task What_is_left_of_another_plan_is_not_resumed_but_written_over()
    {
        await Interrupt(Plan(split: 3_200_000));
        ModelPackException fault = await Assert.ThrowsAsync<ModelPackException>(() => Run(Plan(), new() { Resume = true }));
        Assert.Equal("m-onnx.partial.journal: belongs to another run: graph differ; without --resume the run starts anew", fault.Message);
        Assert.Equal(0, (await Run(Plan())).ResumedWeights);
        CheckData(Plan());

        // Nothing of the longer list of files is left.
        Assert.Equal(["model.onnx", "model.onnx.data"], Directory.GetFiles(Output, "model.onnx*").Select(Path.GetFileName).Order());
    }

    [Fact]
    public async Task Only_a_folder_of_ours_is_replaced()
    {
        Directory.CreateDirectory(Output);
        File.WriteAllText(Path.Combine(Output, "thesis.txt"), "years of work");
        ModelPackException fault = await Assert.ThrowsAsync<ModelPackException>(() => Run(Plan()));
        Assert.Equal($"{Output}: exists; expected a new name, or --overwrite", fault.Message);
        fault = await Assert.ThrowsAsync<ModelPackException>(() => Run(Plan(), new() { Overwrite = true }));
        Assert.Equal($"{Output}: has no modelpack.json, so modelpack did not write it, and does not replace it; expected a new name", fault.Message);
        Assert.True(File.Exists(Path.Combine(Output, "thesis.txt")));
        File.Delete(Path.Combine(Output, "thesis.txt"));
        await Run(Plan(), new() { Overwrite = true });
        File.WriteAllText(Path.Combine(Output, "old"), "of the old folder");
        await Run(Plan(), new() { Overwrite = true });
        CheckData(Plan());
        Assert.False(File.Exists(Path.Combine(Output, "old")));
        Assert.Equal([Output], Directory.GetFileSystemEntries(_folder.Path));
    }

    [Fact]
    public async Task A_file_in_the_way_or_an_input_in_the_folder_is_named()
    {
        string source = Path.Combine(Directory.CreateDirectory(Output).FullName, "modelpack.json");
        File.WriteAllText(source, "{}");
        ModelPackException fault = await Assert.ThrowsAsync<ModelPackException>(() => Run(Plan(sources: [source]), new() { Overwrite = true }));
        Assert.Equal($"{Output}: holds the input modelpack.json; expected another name", fault.Message);
        Directory.Delete(Output, recursive: true);
        File.WriteAllText(Output, "");
        fault = await Assert.ThrowsAsync<ModelPackException>(() => Run(Plan(), new() { Overwrite = true }));
        Assert.Equal($"{Output}: is a file; expected a folder name", fault.Message);
    }

    [Fact]
    public async Task A_weight_that_is_not_finite_or_too_large_is_named_by_row_and_column()
    {
        OnnxWeight bad = FakeDecoder.Weight("v", new FakeSource(1500, 1024) { Infinite = (1234, 567) }, Int4);
        ModelPackException fault = await Assert.ThrowsAsync<InvalidCheckpointException>(() => Run(Plan([bad])));
        Assert.Equal("v: row 1234, column 567: Infinity; expected a finite weight", fault.Message);
        OnnxWeight large = FakeDecoder.Weight("v", new ModelPack.Models.Tensors.Views.ConstantSource([1, -70000]), Half);
        fault = await Assert.ThrowsAsync<InvalidCheckpointException>(() => Run(Plan([large])));
        Assert.Equal("v: row 0, column 1: -70000; expected at most 65504 in magnitude, the type holds no more", fault.Message);
        Assert.False(Directory.Exists(Output));
    }

    [Fact]
    public async Task Each_expert_is_encoded_with_its_own_importance()
    {
        const int Columns = 256, Rows = 300, Experts = 9;
        float[] importance = new float[Experts * Columns];
        Random random = new(5);
        foreach (ref float value in importance.AsSpan())
        {
            value = MathF.Exp(6 * random.NextSingle());
        }

        // gate and up interleaved have the rows of both; the stack has experts 7, 1 and 4 only.
        int[] stack = [7, 1, 4];
        OnnxWeight weight = FakeDecoder.Weight(
            "gate_up", new FakeSource(2 * Rows * stack.Length, Columns), Int4, new(TensorKind.ExpertGateUp, 0), stack);
        ImportanceEntry entry = new("blk.0.ffn_gate_exps.weight", Columns, Experts, importance, [.. Enumerable.Repeat(1f, Experts)]);
        OnnxPlan plan = Plan([weight], importance: new(new Dictionary<string, ImportanceEntry> { [entry.Name] = entry }, [], 0, 0));
        Assert.Equal("importance", plan.Weights[0].Method);
        await Run(plan, new() { Threads = 3 });
        byte[] file = File.ReadAllBytes(Path.Combine(Output, "model.onnx.data"));
        BlockGrid grid = new(Int4, Columns);
        for (int i = 0; i < stack.Length; i++)
        {
            float[] weights = new float[2 * Rows * Columns];
            weight.Source.Read(2L * Rows * i, weights);
            byte[] values = new byte[2 * Rows * grid.ValueBytes];
            byte[] scales = new byte[2 * Rows * grid.ScaleBytes];
            BlocksKernel.Variants[0].Encode(weights, grid, importance.AsSpan(stack[i] * Columns, Columns), values, scales, []);
            Assert.True(values.AsSpan().SequenceEqual(file.AsSpan((int)plan.Weights[0].Places[0].Offset + (i * values.Length), values.Length)));
            Assert.True(scales.AsSpan().SequenceEqual(file.AsSpan((int)plan.Weights[0].Places[1].Offset + (i * scales.Length), scales.Length)));
        }
    }

    [Fact]
    public void An_importance_of_another_shape_is_named_and_a_missing_one_is_warned_of()
    {
        OnnxWeight weight = FakeDecoder.Weight("q", new FakeSource(4, 64), Int4, new(TensorKind.AttentionQuery, 0));
        ImportanceEntry entry = new("blk.0.attn_q.weight", 63, 1, new float[63], [1]);
        ModelPackException fault = Assert.Throws<ModelPackException>(
            () => Plan([weight], importance: new(new Dictionary<string, ImportanceEntry> { [entry.Name] = entry }, [], 0, 0)));
        Assert.Equal(
            "importance matrix: blk.0.attn_q.weight: 63 values; layers.0.attention.q needs 64 (64 columns of 1 matrices)", fault.Message);
        OnnxPlan plan = Plan([weight], importance: new(new Dictionary<string, ImportanceEntry>(), [], 0, 0));
        Assert.Equal(("importance-missing", "q", "rtn"), (Assert.Single(plan.Warnings).Code, plan.Warnings[0].Tensor, plan.Weights[0].Method));
    }

    [Fact]
    public async Task The_manifest_lists_every_file_with_its_hash_and_every_weight()
    {
        string source = _folder.Write("w.safetensors", [1, 2, 3]);
        OnnxPlan plan = Plan(sources: [source]);
        await Run(plan);
        string text = File.ReadAllText(Path.Combine(Output, "modelpack.json"));
        Assert.DoesNotContain(_folder.Path, text, StringComparison.Ordinal);
        JsonNode manifest = JsonNode.Parse(text)!;
        Assert.Equal(1, (int)manifest["schemaVersion"]!);
        Assert.Equal("w.safetensors 3", $"{manifest["source"]!["files"]![0]!["name"]} {manifest["source"]!["files"]![0]!["bytes"]}");
        foreach (JsonNode file in manifest["files"]!.AsArray()!)
        {
            byte[] bytes = File.ReadAllBytes(Path.Combine(Output, (string)file["name"]!));
            Assert.Equal(bytes.Length, (long)file["bytes"]!);
            Assert.Equal(Convert.ToHexStringLower(SHA256.HashData(bytes)), (string)file["sha256"]!);
        }

        Assert.Equal(4, manifest["files"]!.AsArray().Count);
        Assert.Equal(plan.Weights.Select(static w => w.Name), manifest["tensors"]!.AsArray().Select(static t => (string)t!["name"]!));
        JsonNode down = manifest["tensors"]!.AsArray().Last()!;
        Assert.Equal("int8 row sym", (string)down["type"]!);
        Assert.Equal("layers.0.experts.*.down", (string)down["role"]!);
        Assert.Equal([0, 2, 3, 5], down["experts"]!.AsArray().Select(static e => (int)e!));
        Assert.Equal(plan.Weights[^1].Places[1].Offset, (long)down["initializers"]![1]!["offset"]!);
    }

    private static async Task Interrupt(OnnxPlan plan)
    {
        using CancellationTokenSource cancel = new();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => OnnxExporter.RunAsync(
            plan, "tiny", [], new() { Threads = 1 }, new Hook(n => { if (n == 2) { cancel.Cancel(); } }), cancel.Token));
    }

    /// <summary>Calls back in the worker's own thread, with the number of the report.</summary>
    private sealed class Hook(Action<int> action) : IProgress<QuantizeProgress>
    {
        private int _reports;

        public void Report(QuantizeProgress value) => action(++_reports);
    }
}
