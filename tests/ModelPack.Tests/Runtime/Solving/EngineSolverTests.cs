using ModelPack.Quantize.Solving;
using ModelPack.Quantize.Solving.Engines;
using ModelPack.Runtime;
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

    [Fact]
    public void Inputs_with_few_rows_or_none_or_of_other_sizes_are_solved_beside_each_other()
    {
        // From one row on: shrunk Hessians, and other damping. An expert without rows has its layer's. Also another width.
        SolveTask[] tasks =
        [
            Expert(0, "4 32 s h", 288, 40, 17, 1),
            Expert(1, "4 32 s h", 288, 97, 5, 30),
            Expert(2, "4 32 s h", 288, 16, 16, -1),
            Expert(3, "q4_0", 160, 33, 48, 400),
            Expert(4, "4 32 s h", 288, 1, 1, 500),
        ];
        AssertAlike(tasks, Options);
        AssertAlike(tasks, Options with { Shrinkage = 0, Sweeps = 0, ActivationOrder = false });
        AssertAlike(tasks, Options with { Sweeps = 1, MemoryBytes = 1 });
        AssertAlike(tasks, Options with { Sweeps = 3, RefitScales = true, MeasureError = false });
    }

    [Fact]
    public void What_feedback_is_not_possible_for_falls_back_as_on_the_CPU()
    {
        const int Columns = 192;
        Gaussians gaussians = new(5);
        InputMoments huge = new(Columns);
        huge.Add([.. gaussians.Normal(400 * Columns).Select(static x => 1e14f * x)]);
        for (int i = 0; i < 40; i++)
        {
            huge.Merge(huge);
        }

        InputMoments zeros = new(Columns);
        zeros.Add(new float[3 * Columns]);
        InputMoments one = new(Columns);
        one.Add(gaussians.Normal(Columns));
        InputMoments squares = new(Columns, gram: false);
        squares.Add(gaussians.Normal(9 * Columns));
        SolveTask[] tasks =
        [
            .. ((InputMoments?[])[huge, zeros, one, squares, null]).Select((m, i) => new SolveTask(
                m, null, [new($"w{i}", SolverTests.Grid("q4_0", Columns), 20, gaussians.Weights(20, Columns))])),
        ];
        IReadOnlyList<IReadOnlyList<SolvedWeight>> solved = AssertAlike(tasks, Options with { Damping = 0, Shrinkage = 0 });
        Assert.Equal(
            [SolveFallback.NotPositive, SolveFallback.NoRows, SolveFallback.None, SolveFallback.NoHessian, SolveFallback.NoRows],
            solved.Select(static s => s[0].Fallback));
        Assert.InRange(solved[2][0].Damping, 0.001, 0.25);
        AssertAlike(tasks, Options with { Method = SolveMethod.Importance }, share: 1);
        AssertAlike(tasks, Options with { Method = SolveMethod.Rtn }, share: 1);
    }

    [Fact]
    public void Rounding_that_is_better_is_kept_as_on_the_CPU()
    {
        // Coarse grids on few columns: chance decides, about one time in ten for rounding.
        SolveTask[] tasks =
        [
            .. Enumerable.Range(0, 60).Select(static seed =>
            {
                Gaussians gaussians = new(1000 + seed);
                InputMoments moments = new(32);
                moments.Add(gaussians.Rows(gaussians.Root(32, 2), 32, 12));
                return new SolveTask(moments, null, [new($"w{seed}", SolverTests.Grid("4 32 s h", 32), 1, gaussians.Weights(1, 32))]);
            }),
        ];
        IReadOnlyList<IReadOnlyList<SolvedWeight>> solved = AssertAlike(tasks, Options with { Shrinkage = 0, Damping = 0.25, Sweeps = 1 });
        Assert.InRange(solved.Count(static s => s[0].Fallback == SolveFallback.RoundingBetter), 1, 30);
    }

    [Fact]
    public void A_device_without_room_for_a_group_gets_fewer_at_a_time_and_none_is_left_out()
    {
        SolveTask[] tasks = [.. Enumerable.Range(0, 5).Select(static e => Expert(e, "q4_0", 160, 20, 20, 200))];
        foreach ((long bytes, int most) in ((long, int)[])[(long.MaxValue, 5), (long.MaxValue, 2), (long.MaxValue, 1), (long.MaxValue, 0), (1, 0)])
        {
            using OrtMatrixEngine engine = OrtMatrixEngine.Open("cpu", 2);
            using FullDevice device = new(engine, bytes, most);
            AssertAlike(tasks, Options, device: device);
            Assert.Equal(bytes == 1 ? 0 : most == 0 ? 0 : 5, device.Opened);
        }
    }

    [Fact]
    public void A_device_that_runs_out_of_memory_half_way_begins_again_with_fewer()
    {
        SolveTask[] tasks = [.. Enumerable.Range(0, 4).Select(static e => Expert(e, "q4_0", 160, 20, 20, 200))];
        using OrtMatrixEngine engine = OrtMatrixEngine.Open("cpu", 2);
        using FullDevice device = new(engine, long.MaxValue, 9) { MostInProducts = 1 };
        AssertAlike(tasks, Options, device: device);
        Assert.Equal(4 + 2 + 1 + 1 + 2 + 1 + 1, device.Opened);
    }

    [Theory]
    [InlineData("BFCArena::AllocateRawInternal Failed to allocate memory for requested buffer of size 123", true)]
    [InlineData("CUDA failure 2: out of memory ; GPU=0", true)]
    [InlineData("Non-zero status code returned while running Slice node", false)]
    public void Want_of_memory_is_told_from_other_failures(string message, bool expected) =>
        Assert.Equal(expected, RuntimeFaults.IsMemory(RuntimeFaults.Failed("pull", new InvalidOperationException(message))));

    [Fact]
    public void Moments_that_are_on_the_device_already_are_used_there()
    {
        const int Columns = 256;
        using OrtMatrixEngine engine = OrtMatrixEngine.Open("cpu", 2);
        SolveTask[] Tasks(Func<InputMoments> create) =>
        [
            .. Enumerable.Range(0, 2).Select(e =>
            {
                Gaussians gaussians = new(e);
                InputMoments own = create();
                own.Add(gaussians.Rows(gaussians.Root(Columns, 1.2), Columns, 300), threads: 2);
                return new SolveTask(own, null, [new("w", SolverTests.Grid("4 32 s h", Columns), 50, gaussians.Weights(50, Columns))]);
            }),
        ];
        SolveTask[] device = Tasks(() => new(Columns, engine.CreateGram(Columns)));
        SolveOptions refit = Options with { RefitScales = true };
        Compare(Tasks(static () => new(Columns)), refit, device, refit with { Engine = engine }, 0.999);
        Assert.All(device, static t => t.Own!.Release());
    }

    [Fact]
    public void The_bytes_do_not_depend_on_threads_or_on_who_is_beside()
    {
        SolveTask[] tasks = [.. Enumerable.Range(0, 3).Select(static e => Expert(e, "q4_0", 160, 120, 40, 200))];
        using OrtMatrixEngine engine = OrtMatrixEngine.Open("cpu", 1);
        IReadOnlyList<IReadOnlyList<SolvedWeight>> all = Solver.SolveGroup(tasks, Options with { Engine = engine, Threads = 3 }, TestContext.Current.CancellationToken);
        for (int i = 0; i < tasks.Length; i++)
        {
            IReadOnlyList<SolvedWeight> alone = Solver.Solve(tasks[i], Options with { Engine = engine, Threads = 1 }, TestContext.Current.CancellationToken);
            Assert.Equal(all[i].Select(static s => s.Values), alone.Select(static s => s.Values));
            Assert.Equal(all[i].Select(static s => s.Error), alone.Select(static s => s.Error));
        }
    }

    [Fact]
    public void On_a_GPU_codes_are_those_of_the_CPU()
    {
        using OrtMatrixEngine engine = OrtMatrixEngine.Open("auto", 2);
        Assert.SkipWhen(engine.Device.Gpu is null, "no GPU");
        AssertAlike([.. Enumerable.Range(0, 3).Select(e => Expert(e, "q4_k", 512, 70, 33, (e + 1) * 512))], Options, device: engine);
    }

    [Fact]
    public void A_cancelled_group_ends_and_leaves_the_engine_usable()
    {
        using OrtMatrixEngine engine = OrtMatrixEngine.Open("cpu", 2);
        SolveTask[] tasks = [Expert(0, "q4_0", 320, 64, 64, 200)];
        using CancellationTokenSource stop = new();
        using FullDevice device = new(engine, long.MaxValue, 9) { Opening = stop.Cancel };
        Assert.Throws<OperationCanceledException>(() => Solver.SolveGroup(tasks, Options with { Engine = device }, stop.Token));
        AssertAlike(tasks, Options, device: engine);
    }

    private IReadOnlyList<IReadOnlyList<SolvedWeight>> AssertAlike(
        SolveTask[] tasks, SolveOptions options, double share = 0.999, IMatrixEngine? device = null)
    {
        using OrtMatrixEngine? own = device is null ? OrtMatrixEngine.Open("cpu", 2) : null;
        return Compare(tasks, options, tasks, options with { Engine = device ?? own }, share);
    }

    private IReadOnlyList<IReadOnlyList<SolvedWeight>> Compare(
        SolveTask[] cpuTasks, SolveOptions cpuOptions, SolveTask[] ortTasks, SolveOptions ortOptions, double share)
    {
        IReadOnlyList<IReadOnlyList<SolvedWeight>> expected = Solver.SolveGroup(cpuTasks, cpuOptions, TestContext.Current.CancellationToken);
        IReadOnlyList<IReadOnlyList<SolvedWeight>> actual = Solver.SolveGroup(ortTasks, ortOptions, TestContext.Current.CancellationToken);
        (long same, long all) = (0, 0);
        foreach ((SolvedWeight cpu, SolvedWeight ort) in expected.SelectMany(static t => t).Zip(actual.SelectMany(static t => t)))
        {
            Assert.Equal((cpu.Name, cpu.Method, cpu.Fallback, cpu.Tokens), (ort.Name, ort.Method, ort.Fallback, ort.Tokens));
            Assert.Equal((cpu.Lambda, cpu.Damping), (ort.Lambda, ort.Damping));
            same += cpu.Decoded.Zip(ort.Decoded).Count(static p => p.First == p.Second);
            all += cpu.Decoded.Length;
            if (double.IsFinite(cpu.Error) && cpu.OutputPower < 1e30)
            {
                Assert.InRange(ort.Error, 0.99 * cpu.Error, 1.01 * cpu.Error);
                Assert.Equal(cpu.OutputPower, ort.OutputPower, 1e-4 * cpu.OutputPower);
            }
        }

        output.WriteLine($"{same} of {all} weights are the same: {(double)same / all:P4}");
        Assert.Equal(expected.Sum(static t => t.Count), actual.Sum(static t => t.Count));
        Assert.True(same >= share * all, $"{same} of {all} weights are the same");
        return actual;
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
