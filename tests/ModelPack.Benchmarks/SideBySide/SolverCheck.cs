using System.Diagnostics;
using System.Globalization;
using ModelPack.Models.Onnx;
using ModelPack.Models.Onnx.Export;
using ModelPack.Quantize;
using ModelPack.Quantize.Solving;
using ModelPack.Runtime.Solving;

namespace ModelPack.Benchmarks.SideBySide;

/// <summary>The same experts solved by the CPU's kernels and with products on a device: codes, losses and times side by side.</summary>
/// <remarks>Fewer than 99.5 % of the weights the same, or a loss that is more than 1 % greater, fails: a tie may turn a row over.</remarks>
internal static class SolverCheck
{
    private const double Share = 0.995;
    private const double Loss = 1.01;

    public static bool Run(string device)
    {
        Console.WriteLine();
        Console.WriteLine($"{"solver",-38} {"cpu s",10} {device + " s",12} {"times",6} {"loss ratio",13} {"same weights",12}");
        using OrtMatrixEngine engine = OrtMatrixEngine.Open(device, Environment.ProcessorCount);
        bool good = true;
        foreach ((int experts, int columns, int rows, string grid) in ((int, int, int, string)[])
            [(16, 512, 384, "int4"), (16, 1024, 512, "q4_k"), (16, 576, 256, "q8_0"), (4, 3072, 256, "int4")])
        {
            good &= Compare(experts, columns, rows, grid, engine);
        }

        return good;
    }

    private static bool Compare(int experts, int columns, int rows, string grid, OrtMatrixEngine engine)
    {
        RowGrid target = grid == "int4"
            ? RowGrid.For(new OnnxWeightFormat.Blocks(4, 128, true, OnnxElementType.Float16), columns)
            : RowGrid.For(QuantType.Parse(grid), columns);

        // From few rows to many.
        float[][] inputs = [.. Enumerable.Range(0, experts).Select(e => GptqLayer.Inputs(e + 1, columns, columns * (e + 1) / 4))];
        float[][] weights = [.. Enumerable.Range(0, experts).Select(e => GptqLayer.Fill(e + 100, rows * columns, 0.02f))];
        (SolvedWeight[] expected, double slow) = Solve(inputs, weights, rows, target, null);

        // The first run loads libraries and kernels.
        Solve(inputs, weights, rows, target, engine);
        (SolvedWeight[] actual, double fast) = Solve(inputs, weights, rows, target, engine);
        long same = expected.Zip(actual).Sum(static p => p.First.Decoded.Zip(p.Second.Decoded).LongCount(static w => w.First == w.Second));
        double share = same / ((double)rows * columns * expected.Length);
        double ratio = actual.Sum(static s => s.Error) / expected.Sum(static s => s.Error);
        bool alike = expected.Zip(actual).All(static p => p.First.Method == p.Second.Method && p.First.Damping == p.Second.Damping);
        string name = string.Create(CultureInfo.InvariantCulture, $"{experts} experts, {columns} x {rows}, {target.Name}");
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture, $"{name,-38} {slow,10:F2} {fast,12:F2} {slow / fast,5:F1}x {ratio,13:F6} {share,12:P3}"));
        return alike && share >= Share && ratio <= Loss;
    }

    private static (SolvedWeight[] Solved, double Seconds) Solve(
        float[][] inputs, float[][] weights, int rows, RowGrid grid, OrtMatrixEngine? engine)
    {
        long start = Stopwatch.GetTimestamp();
        InputMoments Moments(float[] from)
        {
            InputMoments moments = engine is null ? new(grid.Columns) : new(grid.Columns, engine.CreateGram(grid.Columns));
            moments.Add(from, threads: Environment.ProcessorCount);
            return moments;
        }

        InputMoments prior = Moments(inputs[^1]);
        SolveTask[] tasks =
        [
            .. inputs.Select((x, e) => new SolveTask(Moments(x), prior, [new(string.Create(CultureInfo.InvariantCulture, $"expert {e}"), grid, rows, weights[e])])),
        ];
        SolvedWeight[] solved = [.. Solver.SolveGroup(tasks, new() { Engine = engine }).SelectMany(static s => s)];
        double seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
        prior.Release();
        Array.ForEach(tasks, static t => t.Own!.Release());
        return (solved, seconds);
    }
}
