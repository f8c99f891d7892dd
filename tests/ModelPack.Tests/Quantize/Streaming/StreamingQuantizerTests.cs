using System.Diagnostics;
using System.Security.Cryptography;
using ModelPack.Models;
using ModelPack.Models.Conversion;
using ModelPack.Models.Gguf;
using ModelPack.Quantize;
using ModelPack.Quantize.Importance;
using ModelPack.Quantize.Mixtures;
using ModelPack.Quantize.Plans;
using ModelPack.Quantize.Rules;
using ModelPack.Quantize.Streaming;
using ModelPack.Tests.Support;

namespace ModelPack.Tests.Quantize.Streaming;

public sealed class StreamingQuantizerTests : IDisposable
{
    private readonly TempFolder _folder = new();

    private string Output => _folder.File("m.gguf");

    private string Partial => Output + ".partial";

    private string JournalPath => Output + ".partial.journal";

    public void Dispose() => _folder.Dispose();

    /// <summary>Slices of many kinds: several a tensor, one row, a row longer than a slice, small experts, odd rows.</summary>
    private static GgufModelTensor[] Tensors() =>
    [
        FakeModel.Tensor("token_embd.weight", new FakeSource(1500, 1024, 7, granularity: 100), 1024, 1500),
        FakeModel.Tensor("output_norm.weight", 1024),
        FakeModel.Tensor("blk.0.attn_q.weight", 600_000, 2),
        FakeModel.Tensor("blk.0.ffn_gate_inp.weight", 1024, 4),
        FakeModel.Tensor("blk.0.ffn_up_exps.weight", 256, 24, 40),
        FakeModel.Tensor("blk.0.ffn_down_exps.weight", 172, 24, 4),
    ];

    private QuantizationPlan Plan(string preset = "q8_0", GgufModelTensor[]? tensors = null, long? split = null, string? rule = null) =>
        QuantizationPlan.ForQuantize(FakeModel.Of("qwen3moe", 1, 40, tensors ?? Tensors()), Output, new QuantizeOptions
        {
            Preset = QuantPreset.Parse(preset),
            Rules = rule is null ? [] : [TypeRule.Parse(rule)],
            SplitMaxBytes = split,
        });

    private static Task<QuantizeResult> Run(QuantizationPlan plan, StreamingOptions? options = null, IProgress<QuantizeProgress>? progress = null) =>
        StreamingQuantizer.RunAsync(plan, options ?? new() { Threads = 2 }, progress, TestContext.Current.CancellationToken);

    private static string Hash(string path) => Convert.ToHexString(SHA256.HashData(File.ReadAllBytes(path)));

    /// <summary>The file as it must be: header, each tensor encoded at once, zeros between.</summary>
    private static byte[] Expected(QuantizationPlan plan)
    {
        byte[] file = new byte[plan.Bytes];
        using MemoryStream header = new(file);
        plan.Parts[0].Layout.WriteHeader(header);
        foreach (PlannedTensor tensor in plan.Tensors)
        {
            float[] weights = new float[tensor.Count];
            tensor.Weights.Read(0, weights);
            QuantType.Find(tensor.Type)!.Encode(weights, tensor.Weights.Columns, [], file.AsSpan((int)tensor.Offset, (int)tensor.Bytes));
        }

        return file;
    }

    [Theory]
    [InlineData("q8_0")]
    [InlineData("f16")]
    [InlineData("bf16")]
    [InlineData("f32")]
    public async Task The_file_is_the_header_and_every_tensor_encoded(string preset)
    {
        QuantizationPlan plan = Plan(preset);
        QuantizeResult result = await Run(plan);
        Assert.Equal(Expected(plan), File.ReadAllBytes(Output));
        Assert.Equal(plan.Bytes, result.Bytes);
        Assert.Equal([Output], result.Files);
        Assert.Equal(["m.gguf"], Directory.GetFiles(_folder.Path).Select(Path.GetFileName));
    }

    [Theory]
    [InlineData(1, 128 << 20)]
    [InlineData(2, 128 << 20)]
    [InlineData(7, 128 << 20)]
    [InlineData(7, 1)]
    [InlineData(3, 1 << 20)]
    public async Task Bytes_and_errors_do_not_depend_on_threads_or_memory(int threads, long memory)
    {
        QuantizeResult one = await Run(Plan(), new() { Threads = 1, MeasureError = true });
        string expected = Hash(Output);
        QuantizeResult many = await Run(
            Plan(), new() { Threads = threads, MemoryBytes = memory, MeasureError = true, Overwrite = true });
        Assert.Equal(expected, Hash(Output));
        Assert.Equal(one.Tensors, many.Tensors);
        Assert.All(many.Tensors, static t => Assert.InRange(t.RelativeError!.Value, 0, t.Type == GgmlType.F32 ? 0 : 0.01));
        Assert.InRange(many.Tensors.Single(static t => t.Name == "token_embd.weight").RelativeError!.Value, 0.001, 0.01);
    }

    [Fact]
    public async Task Each_expert_is_encoded_with_its_own_importance()
    {
        const int Columns = 256, Rows = 300, Experts = 17;
        float[] importance = new float[Experts * Columns];
        Random random = new(5);
        foreach (ref float value in importance.AsSpan())
        {
            value = MathF.Exp(6 * random.NextSingle());
        }

        GgufModelTensor tensor = FakeModel.Tensor("blk.0.ffn_up_exps.weight", Columns, Rows, Experts);
        ImportanceEntry entry = new(tensor.Name, Columns, Experts, importance, [.. Enumerable.Repeat(1f, Experts)]);
        QuantizationPlan plan = QuantizationPlan.ForQuantize(FakeModel.Of("qwen3moe", 1, Experts, tensor), Output, new()
        {
            Preset = QuantPreset.Parse("q4_0"),
            Importance = new(new Dictionary<string, ImportanceEntry> { [tensor.Name] = entry }, [], 0, 0),
        });
        await Run(plan, new() { Threads = 3 });
        byte[] file = File.ReadAllBytes(Output);
        PlannedTensor planned = plan.Tensors[0];
        int bytes = (int)planned.Bytes / Experts;
        for (int expert = 0; expert < Experts; expert++)
        {
            float[] weights = new float[Rows * Columns];
            tensor.Weights.Read((long)expert * Rows, weights);
            byte[] expected = Ggml.Quantize(planned.Type.Id, weights, Columns, importance.AsSpan(expert * Columns, Columns), bytes);
            Assert.True(
                expected.AsSpan().SequenceEqual(file.AsSpan((int)planned.Offset + (expert * bytes), bytes)), $"expert {expert}");
        }
    }

    [Fact]
    public async Task A_cancelled_run_leaves_no_final_file_and_is_resumed_to_the_same_bytes()
    {
        await Run(Plan());
        string expected = Hash(Output);
        int slices = new SliceGrid(Plan().Tensors).Count;
        Assert.InRange(slices, 6, 100);
        for (int stopAfter = 1; stopAfter < slices; stopAfter++)
        {
            File.Delete(Output);
            using CancellationTokenSource cancel = new();
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => StreamingQuantizer.RunAsync(
                Plan(), new() { Threads = 2 }, new Hook(n => { if (n == stopAfter) { cancel.Cancel(); } }), cancel.Token));
            Assert.False(File.Exists(Output));
            Assert.True(File.Exists(Partial));
            int before = 0;
            QuantizeResult result = await Run(Plan(), new() { Threads = 2, Resume = true }, new Hook(n => before = n));
            Assert.Equal(expected, Hash(Output));
            Assert.InRange(result.ResumedWeights, 1, Plan().Weights);
            Assert.InRange(before, 0, slices - stopAfter);
            Assert.False(File.Exists(Partial) || File.Exists(JournalPath));
        }
    }

    [Fact]
    public async Task What_a_crash_leaves_at_any_moment_is_resumed_to_the_same_bytes()
    {
        int shot = 0;
        bool waits = true;
        List<string> shots = [];

        // The last tensor is read when something was noted.
        FakeSource late = new(1500, 1024)
        {
            OnRead = _ => Assert.True(!waits || SpinWait.SpinUntil(
                () => shots.Count > 0 && new FileInfo(JournalPath).Length > new FileInfo(Path.Combine(shots[0], "journal")).Length,
                TimeSpan.FromSeconds(60))),
        };
        GgufModelTensor[] tensors = [.. Tensors(), FakeModel.Tensor("blk.0.attn_v.weight", late, 1024, 1500)];
        await Run(Plan(tensors: tensors), new() { Threads = 2, JournalInterval = TimeSpan.FromMilliseconds(1) }, new Hook(_ =>
        {
            // The journal first: what it says must already be in the data that is copied after it.
            string folder = Directory.CreateDirectory(_folder.File($"shot{shot++}")).FullName;

            // Not through .NET, which heeds the lock.
            Process.Start("cp", [JournalPath, Path.Combine(folder, "journal")]).WaitForExit();
            File.Copy(Partial, Path.Combine(folder, "partial"));
            shots.Add(folder);
        }));
        waits = false;
        string expected = Hash(Output);
        long resumed = 0;
        foreach (string folder in shots)
        {
            File.Delete(Output);
            File.Copy(Path.Combine(folder, "journal"), JournalPath);
            File.Copy(Path.Combine(folder, "partial"), Partial);
            resumed += (await Run(Plan(tensors: tensors), new() { Threads = 2, Resume = true })).ResumedWeights;
            Assert.Equal(expected, Hash(Output));
        }

        Assert.InRange(resumed, 1, long.MaxValue);
    }

    [Theory]
    [InlineData(3)]
    [InlineData(60)]
    [InlineData(100_000)]
    public async Task A_torn_journal_costs_work_but_no_byte(int cut)
    {
        await Interrupt(Plan());
        byte[] journal = File.ReadAllBytes(JournalPath);
        File.WriteAllBytes(JournalPath, journal[..Math.Max(0, journal.Length - cut)]);
        QuantizationPlan plan = Plan();
        await Run(plan, new() { Resume = true });
        Assert.Equal(Expected(plan), File.ReadAllBytes(Output));
    }

    [Fact]
    public async Task What_is_left_of_another_plan_is_not_resumed()
    {
        await Interrupt(Plan());
        ModelPackException fault = await Assert.ThrowsAsync<ModelPackException>(() => Run(Plan("f16"), new() { Resume = true }));
        Assert.Equal(
            "m.gguf.partial.journal: belongs to another run: preset was q8_0, is f16; types and layout differ; metadata differ; "
            + "without --resume the run starts anew",
            fault.Message);
        fault = await Assert.ThrowsAsync<ModelPackException>(
            () => Run(Plan(rule: "blk.0.attn_q=f16"), new() { Resume = true }));
        Assert.Contains("types and layout differ", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_changed_source_file_is_named()
    {
        string source = _folder.Write("w.safetensors", [1, 2, 3]);
        QuantizationPlan plan = QuantizationPlan.ForQuantize(
            FakeModel.Of(Tensors()) with { Sources = [source] }, Output, new() { Preset = QuantPreset.Parse("q8_0") });
        await Interrupt(plan);
        File.WriteAllBytes(source, [1, 2, 3, 4]);
        ModelPackException fault = await Assert.ThrowsAsync<ModelPackException>(() => Run(plan, new() { Resume = true }));
        Assert.Contains("source w.safetensors was 3 bytes, ", fault.Message, StringComparison.Ordinal);
        Assert.Contains(", is 4 bytes, ", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Without_resume_what_is_left_is_written_over()
    {
        await Interrupt(Plan());
        QuantizationPlan plan = Plan("f16");
        QuantizeResult result = await Run(plan);
        Assert.Equal(0, result.ResumedWeights);
        Assert.Equal(Expected(plan), File.ReadAllBytes(Output));
    }

    [Fact]
    public async Task Resume_with_nothing_left_or_without_the_data_starts_anew()
    {
        QuantizationPlan plan = Plan();
        Assert.Equal(0, (await Run(plan, new() { Resume = true })).ResumedWeights);
        File.Delete(Output);
        await Interrupt(plan);
        File.Delete(Partial);
        Assert.Equal(0, (await Run(plan, new() { Resume = true })).ResumedWeights);
        Assert.Equal(Expected(plan), File.ReadAllBytes(Output));
    }

    [Fact]
    public async Task A_source_that_fails_leaves_no_final_file()
    {
        FakeSource broken = new(1500, 1024)
        {
            OnRead = static row => _ = row < 1000 ? 0 : throw new InvalidCheckpointException("w.safetensors: ends early"),
        };
        GgufModelTensor[] tensors = [.. Tensors(), FakeModel.Tensor("blk.0.attn_v.weight", broken, 1024, 1500)];
        ModelPackException fault = await Assert.ThrowsAsync<InvalidCheckpointException>(() => Run(Plan(tensors: tensors), new() { Threads = 4 }));
        Assert.Equal("w.safetensors: ends early", fault.Message);
        Assert.Equal(["m.gguf.partial", "m.gguf.partial.journal"], Directory.GetFiles(_folder.Path).Select(Path.GetFileName).Order());
    }

    [Fact]
    public async Task A_weight_that_is_not_finite_is_named_by_row_and_column()
    {
        FakeSource bad = new(1500, 1024) { Infinite = (1234, 567) };
        ModelPackException fault = await Assert.ThrowsAsync<InvalidCheckpointException>(
            () => Run(Plan(tensors: [FakeModel.Tensor("blk.0.attn_v.weight", bad, 1024, 1500)])));
        Assert.Equal("blk.0.attn_v.weight: row 1234, column 567: Infinity; expected a finite weight", fault.Message);
    }

    [Fact]
    public async Task An_existing_file_is_kept_unless_told_otherwise()
    {
        _folder.Write("m.gguf", [1, 2, 3]);
        FakeSource source = new(4, 1024);
        QuantizationPlan plan = Plan(tensors: [FakeModel.Tensor("blk.0.attn_v.weight", source, 1024, 4)]);
        ModelPackException fault = await Assert.ThrowsAsync<ModelPackException>(() => Run(plan));
        Assert.Equal($"{Output}: exists; expected a new name, or --overwrite", fault.Message);
        Assert.Equal([1, 2, 3], File.ReadAllBytes(Output));
        Assert.Equal((0, 1), (source.Reads, Directory.GetFiles(_folder.Path).Length));
        await Run(plan, new() { Overwrite = true });
        Assert.Equal(Expected(plan), File.ReadAllBytes(Output));
    }

    [Fact]
    public async Task An_input_is_never_written_over_not_even_through_a_link()
    {
        string source = _folder.Write("in.gguf", [1, 2, 3]);
        File.CreateSymbolicLink(Output, source);
        foreach (string input in new[] { source, Output, Partial })
        {
            QuantizationPlan plan = QuantizationPlan.ForQuantize(
                FakeModel.Of(Tensors()) with { Sources = [input] }, Output, new() { Preset = QuantPreset.Parse("q8_0") });
            ModelPackException fault = await Assert.ThrowsAsync<ModelPackException>(() => Run(plan, new() { Overwrite = true }));
            Assert.Contains(": is the input ", fault.Message, StringComparison.Ordinal);
        }

        Assert.Equal([1, 2, 3], File.ReadAllBytes(source));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_second_run_of_the_same_output_is_refused_and_leaves_the_first_alone(bool resume)
    {
        List<Exception?> faults = [];
        List<string> journals = [];
        await Run(Plan(), new() { Threads = 1, JournalInterval = TimeSpan.FromMilliseconds(1) }, new Hook(n =>
        {
            if (n == 3)
            {
                faults.Add(Record.Exception(() => Run(Plan("f16"), new() { Resume = resume }).GetAwaiter().GetResult()));
                journals.AddRange(Directory.GetFiles(_folder.Path, "*.journal"));
            }
        }));
        ModelPackException fault = Assert.IsType<ModelPackException>(Assert.Single(faults));
        Assert.StartsWith($"{JournalPath}: cannot write: ", fault.Message, StringComparison.Ordinal);
        Assert.Equal([JournalPath], journals);
        Assert.Equal(Expected(Plan()), File.ReadAllBytes(Output));
        Assert.Equal([Output], Directory.GetFiles(_folder.Path));
    }

    [Fact]
    public async Task A_run_that_cannot_begin_leaves_nothing()
    {
        QuantizationPlan plan = Plan(split: 2_000_000);
        Directory.CreateDirectory(plan.Parts[1].Path + ".partial");
        await Assert.ThrowsAsync<ModelPackException>(() => Run(plan));
        Assert.Empty(Directory.GetFiles(_folder.Path));
    }

    [Fact]
    public async Task A_device_or_a_pipe_is_never_replaced()
    {
        Process.Start("mkfifo", [_folder.File("pipe")]).WaitForExit();
        foreach (string path in (string[])["/dev/full", "/dev/null", _folder.File("pipe")])
        {
            QuantizationPlan plan = QuantizationPlan.ForConvert(FakeModel.Of(Tensors()), path, null);
            ModelPackException fault = await Assert.ThrowsAsync<ModelPackException>(() => Run(plan, new() { Overwrite = true }));
            Assert.Equal($"{path}: is a device or a pipe; expected a file name", fault.Message);
            Assert.False(File.Exists(path + ".partial"));
        }

        // An empty file is none of these.
        _folder.Write("m.gguf", []);
        await Run(Plan(), new() { Overwrite = true });
    }

    [Fact]
    public async Task The_importance_matrix_is_an_input_too()
    {
        string path = _folder.Write("m.gguf", [1]);
        using ImportanceMatrix matrix = new(new Dictionary<string, ImportanceEntry>(), [], 0, 0) { Path = path };
        QuantizationPlan plan = QuantizationPlan.ForQuantize(
            FakeModel.Of(Tensors()), path, new() { Preset = QuantPreset.Parse("q8_0"), Importance = matrix });
        ModelPackException fault = await Assert.ThrowsAsync<ModelPackException>(() => Run(plan, new() { Overwrite = true }));
        Assert.Equal($"{path}: is the input m.gguf; expected another name", fault.Message);
    }

    [Fact]
    public async Task A_folder_that_is_missing_or_in_the_way_is_named()
    {
        QuantizationPlan nowhere = QuantizationPlan.ForConvert(FakeModel.Of(Tensors()), _folder.File("no/m.gguf"), null);
        Assert.Equal(
            $"{_folder.File("no")}: the folder does not exist", (await Assert.ThrowsAsync<ModelPackException>(() => Run(nowhere))).Message);
        Directory.CreateDirectory(Output);
        Assert.Equal(
            $"{Output}: is a folder; expected a file name", (await Assert.ThrowsAsync<ModelPackException>(() => Run(Plan()))).Message);
    }

    [Theory]
    [InlineData(1000, 999L, "m.gguf: 1000 bytes are needed; 999 bytes are free")]
    [InlineData(5L << 30, 3L << 20, "m.gguf: 5,120.0 MiB are needed; 3.0 MiB are free")]
    [InlineData(1000, 1000L, null)]
    [InlineData(1000, null, null)]
    public void A_disk_that_is_too_small_is_noticed_before_any_work(long needed, long? free, string? message)
    {
        Exception? fault = Record.Exception(() => OutputChecks.CheckRoom("m.gguf", needed, free));
        Assert.Equal(message, fault?.Message);
    }

    [Fact]
    public async Task Parts_get_their_names_together_and_hold_the_same_tensors()
    {
        QuantizationPlan whole = Plan();
        await Run(whole);
        byte[] expected = File.ReadAllBytes(Output);
        QuantizationPlan plan = Plan(split: 2_000_000);
        Assert.InRange(plan.Parts.Count, 2, 5);
        await Interrupt(plan);
        Assert.DoesNotContain(plan.Parts, static p => File.Exists(p.Path));
        QuantizeResult result = await Run(plan, new() { Threads = 3, Resume = true });
        Assert.Equal(plan.Parts.Select(static p => p.Path), result.Files);
        foreach ((PlannedTensor part, PlannedTensor one) in plan.Tensors.Zip(whole.Tensors))
        {
            byte[] file = File.ReadAllBytes(plan.Parts[part.Part].Path);
            Assert.Equal(plan.Parts[part.Part].Layout.TotalBytes, file.Length);
            Assert.True(file.AsSpan((int)part.Offset, (int)part.Bytes).SequenceEqual(expected.AsSpan((int)one.Offset, (int)one.Bytes)));
        }

        Assert.Equal(
            plan.Parts.Select(static p => Path.GetFileName(p.Path)).Append("m.gguf").Order(),
            Directory.GetFiles(_folder.Path).Select(Path.GetFileName).Order());
    }

    [Fact]
    public async Task Progress_only_grows_and_ends_with_everything()
    {
        List<QuantizeProgress> heard = [];
        QuantizationPlan plan = Plan();
        await Run(plan, new() { Threads = 7 }, new Listener(heard.Add));
        Assert.Equal(heard.Select(static p => p.WeightsDone).Order(), heard.Select(static p => p.WeightsDone));
        Assert.Equal(new SliceGrid(plan.Tensors).Count, heard.Count);
        Assert.Equal((plan.Weights, plan.Weights), (heard[^1].WeightsDone, heard[^1].WeightsTotal));
        Assert.Equal((plan.Tensors.Sum(static t => t.Bytes), heard[^1].BytesTotal), (heard[^1].BytesDone, heard[^1].BytesDone));
    }

    /// <summary>Stops a run after its second slice.</summary>
    private static async Task Interrupt(QuantizationPlan plan)
    {
        using CancellationTokenSource cancel = new();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => StreamingQuantizer.RunAsync(
            plan, new() { Threads = 1 }, new Hook(n => { if (n == 2) { cancel.Cancel(); } }), cancel.Token));
    }

    /// <summary>Calls back in the worker's own thread, with the number of the report.</summary>
    private sealed class Hook(Action<int> action) : IProgress<QuantizeProgress>
    {
        private int _reports;

        public void Report(QuantizeProgress value) => action(++_reports);
    }

    private sealed class Listener(Action<QuantizeProgress> action) : IProgress<QuantizeProgress>
    {
        public void Report(QuantizeProgress value) => action(value);
    }
}
