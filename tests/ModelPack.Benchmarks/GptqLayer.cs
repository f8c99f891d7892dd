using System.Diagnostics;
using System.Globalization;
using ModelPack.Benchmarks.SideBySide;
using ModelPack.Models.Onnx;
using ModelPack.Models.Onnx.Export;
using ModelPack.Quantize;
using ModelPack.Quantize.Kernels.Matrices;
using ModelPack.Quantize.Solving;
using ModelPack.Quantize.Solving.Engines;
using ModelPack.Runtime.Solving;

namespace ModelPack.Benchmarks;

/// <summary>
/// One mixture-of-experts layer (Qwen3-30B-A3B's shape unless told otherwise) through the solver, stage by stage: work, time and memory,
/// beside what the same inner loop reaches on data in the nearest cache.
/// </summary>
/// <remarks>
/// [--experts 128] [--used 8] [--tokens 32768] [--hidden 2048] [--inner 768] [--grid q4_k | int4] [--batch 8] [--threads N]
/// [--engine ort [--device auto]]: products by ONNX Runtime on a device, in batches of 32; four experts' data serve all, to be made faster.
/// </remarks>
internal sealed partial class GptqLayer
{
    private readonly Dictionary<string, Stage> _stages = [];
    private readonly int _threads;
    private readonly SolveOptions _options;

    private readonly IMatrixEngine? _engine;

    private GptqLayer(int threads, IMatrixEngine? engine) => (_threads, _engine, _options) = (threads, engine, new() { Threads = threads, Engine = engine });

    public static int Run(string[] args)
    {
        Options options = new(args, "--experts", "--used", "--tokens", "--hidden", "--inner", "--grid", "--batch", "--threads", "--engine", "--device");
        int experts = (int)options.Number("--experts", 128);
        long tokens = options.Number("--tokens", 32768);
        (int hidden, int inner) = ((int)options.Number("--hidden", 2048), (int)options.Number("--inner", 768));
        int routed = (int)(tokens * options.Number("--used", 8) / Math.Max(experts, 1));
        using OrtMatrixEngine? engine = Engine(options);
        int batch = (int)options.Number("--batch", engine is null ? 8 : 32);
        string grid = options.Text("--grid") ?? "q4_k";
        GptqLayer layer = new(options.Number("--threads", Environment.ProcessorCount), engine);
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{experts} experts of {hidden} x {inner}, {tokens} tokens, {routed} an expert, {grid}, {layer._threads} threads{(engine is null ? "" : $", products on {engine.Name}")}"));

        double peak = Peak();
        InputMoments prior = layer.Moments(hidden);
        prior.Add(Inputs(0, hidden, Math.Min(2 * hidden, routed)), threads: layer._threads);
        for (int first = 0; first < experts; first += batch)
        {
            layer.Batch(first, Math.Min(batch, experts - first), routed, hidden, inner, grid, prior);
        }

        prior.Release();
        layer.Print(peak);
        return 0;
    }

    private void Batch(int first, int count, int routed, int hidden, int inner, string grid, InputMoments prior)
    {
        InputMoments[] gateUp = [.. Enumerable.Range(0, count).Select(_ => Moments(hidden))];
        InputMoments[] down = [.. Enumerable.Range(0, count).Select(_ => Moments(inner))];
        for (int e = 0; e < count; e++)
        {
            Gram(gateUp[e], Data(1 + first + e, hidden * routed, seed => Inputs(seed, hidden, routed)));
            Gram(down[e], Data(100_000 + first + e, inner * routed, seed => Inputs(seed, inner, routed)));
        }

        Solve("gate, up", gateUp, prior, 2 * inner, hidden, grid, first);
        Solve("down", down, null, hidden, inner, grid, first);
        Array.ForEach(gateUp, static m => m.Release());
        Array.ForEach(down, static m => m.Release());
    }

    private void Gram(InputMoments moments, float[] inputs) =>
        Time($"gram {moments.Columns}", (double)inputs.Length * moments.Columns, () => moments.Add(inputs, threads: _threads));

    private void Solve(string name, InputMoments[] moments, InputMoments? prior, int rows, int columns, string grid, int seed)
    {
        RowGrid target = grid == "int4"
            ? RowGrid.For(new OnnxWeightFormat.Blocks(4, 128, true, OnnxElementType.Float16), columns)
            : RowGrid.For(QuantType.Parse(grid), columns);
        SolveWeight[] weights = [.. moments.Select((_, e) => new SolveWeight(name, target, rows, Data(seed + e, rows * columns, from => Fill(from, rows * columns, 0.02f))))];
        if (_engine is not null)
        {
            SolveByEngine(name, [.. moments.Select((m, e) => new TaskSetup(new(m, prior, [weights[e]]), _options))]);
            return;
        }

        ShrunkHessian[] hessians = [.. moments.Select(m => new ShrunkHessian(columns, m, prior, 1))];
        FeedbackFactor?[] factors = new FeedbackFactor?[moments.Length];
        WeightRows[] stored = [.. weights.Select((w, e) => new WeightRows(w, hessians[e].Diagonal))];
        double[] losses = new double[moments.Length];
        double products = (double)rows * columns * columns * moments.Length;
        Time($"factor {name}", (double)columns * columns * columns / 3 * moments.Length, () => Work.For(moments.Length, _threads, e =>
            factors[e] = FeedbackFactor.Of(hessians[e].ActivationOrder(), hessians[e].Row, (float)(0.01 * hessians[e].Trace / columns), 1)));
        Time($"loop {name}", products, () => Work.For(moments.Length, _threads, e =>
        {
            using FeedbackSolver solver = new(stored[e], factors[e]!, null, 1, default);
            losses[e] = solver.Choose();
        }));
        Time($"check {name}", 0, () => Work.For(moments.Length, _threads, e =>
        {
            using FeedbackSolver solver = new(stored[e], factors[e]!, null, 1, default);
            solver.IsBest(losses[e]);
        }));
        Time($"sweeps {name}", 3 * products, () => Work.For(moments.Length, _threads, e =>
        {
            float damping = (float)(0.01 * hessians[e].Trace / columns);
            using SweepFactors sweeps = SweepFactors.Of(hessians[e], factors[e]!.Order, damping, 2, 1);
            using FeedbackSolver solver = new(stored[e], factors[e]!, sweeps, 1, default);
            solver.Sweep();
        }));
        Time($"error {name}", 2 * products, () => Work.For(moments.Length, _threads, e =>
        {
            OutputError.Of(moments[e], weights[e].Values.Span, stored[e].Decoded, 1);
            OutputError.Of(moments[e], weights[e].Values.Span, [], 1);
        }));
        Array.ForEach(factors, static f => f?.Dispose());
    }

    /// <summary>GFLOP a second of processor time that the inner loop reaches on one core.</summary>
    private static unsafe double Peak()
    {
        const int Depth = 256;
        using NativeFloats a = new(Depth * Tile.Rows);
        using NativeFloats b = new(Depth * Tile.Columns);
        using NativeFloats c = new(Tile.Rows * Tile.Columns);
        foreach (NativeFloats floats in (NativeFloats[])[a, b, c])
        {
            floats.Span(0, (int)floats.Count).Fill(1e-3f);
        }

        double best = 0;
        for (int round = 0; round < 12; round++)
        {
            TimeSpan start = Environment.CpuUsage.TotalTime;
            for (int i = 0; i < 40_000; i++)
            {
                Tile.Add(Depth, a.Pointer, Tile.Rows, b.Pointer, c.Pointer, Tile.Columns);
            }

            double seconds = (Environment.CpuUsage.TotalTime - start).TotalSeconds;
            best = Math.Max(best, 40_000d * 2 * Depth * Tile.Rows * Tile.Columns / seconds / 1e9);
        }

        return best;
    }

    private void Time(string name, double flops, Action work)
    {
        if (!_stages.TryGetValue(name, out Stage? stage))
        {
            _stages.Add(name, stage = new());
        }

        ForgetPeak();
        long wall = Stopwatch.GetTimestamp();
        TimeSpan used = Environment.CpuUsage.TotalTime;
        work();
        stage.Processor += (Environment.CpuUsage.TotalTime - used).TotalSeconds;
        stage.Wall += Stopwatch.GetElapsedTime(wall).TotalSeconds;
        stage.Flops += flops;
        stage.Memory = Math.Max(stage.Memory, PeakBytes());
    }

    private void Print(double peak)
    {
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"inner loop alone: {peak:F1} GFLOP/s a core"));
        Console.WriteLine($"{"stage",-18} {"GFLOP",9} {"wall s",8} {"CPU s",8} {(_engine is null ? "GFLOP/s a core" : "GFLOP/s"),15} {"of peak",8} {"peak MiB",9}");
        Stage all = new();
        foreach ((string name, Stage stage) in _stages)
        {
            Line(name, stage, peak);
            all.Flops += stage.Flops;
            all.Wall += stage.Wall;
            all.Processor += stage.Processor;
            all.Memory = Math.Max(all.Memory, stage.Memory);
        }

        Line("layer", all, peak);
        if (_engine is not null)
        {
            return;
        }

        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture, $"CPU time is {all.Processor / (all.Flops / 1e9 / peak):F2} times the floor of the same products at that speed"));
    }

    private void Line(string name, Stage stage, double peak)
    {
        double rate = stage.Flops / (_engine is null ? stage.Processor : stage.Wall) / 1e9;
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{name,-18} {stage.Flops / 1e9,9:F1} {stage.Wall,8:F2} {stage.Processor,8:F2} {rate,15:F1} {rate / peak,8:P0} {stage.Memory / (1 << 20),9}"));
    }

    /// <summary>Rows with a few strong directions in common, as activations have.</summary>
    internal static float[] Inputs(int seed, int columns, int rows)
    {
        const int Directions = 6;
        float[] common = Fill(seed / 1000, Directions * columns, 1);
        float[] inputs = Fill(seed + 7, rows * columns, 1);
        float[] shares = Fill(seed + 13, rows * Directions, 1);
        Parallel.For(0, rows, t =>
        {
            Span<float> row = inputs.AsSpan(t * columns, columns);
            for (int d = 0; d < Directions; d++)
            {
                for (int j = 0; j < columns; j++)
                {
                    row[j] += shares[(t * Directions) + d] * common[(d * columns) + j];
                }
            }
        });
        return inputs;
    }

    /// <summary>Numbers around zero, of a size.</summary>
    internal static float[] Fill(int seed, int count, float size)
    {
        Random random = new(seed);
        float[] values = new float[count];
        for (int i = 0; i < count; i++)
        {
            values[i] = size * 2 * (random.NextSingle() + random.NextSingle() + random.NextSingle() - 1.5f);
        }

        return values;
    }

    private static void ForgetPeak()
    {
        if (File.Exists("/proc/self/clear_refs"))
        {
            File.WriteAllText("/proc/self/clear_refs", "5");
        }
    }

    private static long PeakBytes()
    {
        string? line = File.Exists("/proc/self/status")
            ? File.ReadLines("/proc/self/status").FirstOrDefault(static l => l.StartsWith("VmHWM:", StringComparison.Ordinal))
            : null;
        return line is null ? Environment.WorkingSet : 1024 * long.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture);
    }

    private sealed class Stage
    {
        public double Flops { get; set; }

        public double Wall { get; set; }

        public double Processor { get; set; }

        public long Memory { get; set; }
    }
}
