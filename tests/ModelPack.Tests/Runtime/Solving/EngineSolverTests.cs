using ModelPack.Quantize;
using ModelPack.Quantize.Solving;
using ModelPack.Quantize.Solving.Engines;
using ModelPack.Runtime.Solving;
using ModelPack.Tests.Quantize.Solving;

namespace ModelPack.Tests.Runtime.Solving;

/// <summary>Weights that an engine's products helped to solve, on ONNX Runtime's CPU provider, against those of the CPU alone.</summary>
public sealed class EngineSolverTests(ITestOutputHelper output)
{
    private static readonly SolveOptions Options = new() { Threads = 2 };

    [Theory]
    [InlineData("4 128 s h", 640)]
    [InlineData("4 32 a f", 320)]
    [InlineData("q4_k", 512)]
    [InlineData("q6_k", 256)]
    [InlineData("q8_0", 352)]
    [InlineData("8 128 a h", 384)]
    [InlineData("8 0 s h", 200)]
    public void Codes_are_those_of_the_CPU(string grid, int columns)
    {
        SolveTask[] tasks = [.. Enumerable.Range(0, 3).Select(e => Expert(e, grid, columns, 70, 33, (e + 1) * columns))];
        AssertAlike(tasks, Options);
    }

    private void AssertAlike(SolveTask[] tasks, SolveOptions options, double share = 0.999)
    {
        using OrtMatrixEngine engine = OrtMatrixEngine.Open("cpu", 2);
        IReadOnlyList<IReadOnlyList<SolvedWeight>> expected = Solver.SolveGroup(tasks, options, TestContext.Current.CancellationToken);
        IReadOnlyList<IReadOnlyList<SolvedWeight>> actual = Solver.SolveGroup(tasks, options with { Engine = engine }, TestContext.Current.CancellationToken);
        (long same, long all) = (0, 0);
        for (int t = 0; t < tasks.Length; t++)
        {
            for (int w = 0; w < expected[t].Count; w++)
            {
                (SolvedWeight cpu, SolvedWeight ort) = (expected[t][w], actual[t][w]);
                Assert.Equal((cpu.Name, cpu.Method, cpu.Fallback, cpu.Tokens), (ort.Name, ort.Method, ort.Fallback, ort.Tokens));
                Assert.Equal((cpu.Lambda, cpu.Damping), (ort.Lambda, ort.Damping));
                same += cpu.Decoded.Zip(ort.Decoded).Count(static p => p.First == p.Second);
                all += cpu.Decoded.Length;
                output.WriteLine($"{t} {cpu.Name}: {cpu.Fallback} error {cpu.Error:E4} {ort.Error:E4}");
                Assert.InRange(ort.Error, 0.99 * cpu.Error, 1.01 * cpu.Error);
                Assert.Equal(cpu.OutputPower, ort.OutputPower, 1e-4 * cpu.OutputPower);
            }
        }

        output.WriteLine($"{same} of {all} codes: {(double)same / all:P4}");
        Assert.True(same >= share * all, $"{same} of {all} codes");
    }

    private static SolveTask Expert(int seed, string grid, int columns, int gate, int up, int tokens)
    {
        // A few strong directions that all experts have in common.
        Gaussians common = new(columns);
        float[] root = common.Root(columns, 1.2, outliers: 3);
        Gaussians own = new(100 + seed);
        InputMoments prior = new(columns);
        prior.Add(common.Rows(root, columns, 2 * columns));
        InputMoments? moments = tokens < 0 ? null : new(columns);
        moments?.Add(own.Rows(root, columns, tokens));
        return new(moments, prior,
        [
            new($"gate {seed}", SolverTests.Grid(grid, columns), gate, own.Weights(gate, columns)),
            new($"up {seed}", SolverTests.Grid(grid, columns), up, own.Weights(up, columns)),
        ]);
    }
}
