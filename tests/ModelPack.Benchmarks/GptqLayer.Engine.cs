using System.Globalization;
using ModelPack.Benchmarks.SideBySide;
using ModelPack.Quantize.Solving;
using ModelPack.Quantize.Solving.Engines;
using ModelPack.Runtime.Solving;

namespace ModelPack.Benchmarks;

/// <content>The same stages with an engine.</content>
internal sealed partial class GptqLayer
{
    private readonly Dictionary<(int Index, int Count), float[]> _data = [];

    private static OrtMatrixEngine? Engine(Options options) => options.Text("--engine") switch
    {
        null when options.Has("--device") => throw new ArgumentException("--device: only with --engine ort"),
        null => null,
        "ort" => OrtMatrixEngine.Open(options.Text("--device") ?? "auto", options.Number("--threads", Environment.ProcessorCount)),
        var other => throw new ArgumentException($"--engine {other}; expected ort"),
    };

    private InputMoments Moments(int columns) => _engine is null ? new(columns) : new(columns, _engine.CreateGram(columns));

    // Made-up numbers take longer than a GPU needs for them.
    private float[] Data(int seed, int count, Func<int, float[]> make)
    {
        if (_engine is null)
        {
            return make(seed);
        }

        (int, int) key = (seed % 4, count);
        return _data.TryGetValue(key, out float[]? known) ? known : _data[key] = make(seed);
    }

    private void SolveByEngine(string name, TaskSetup[] setups)
    {
        int columns = setups[0].Hessian.Columns;
        SolveWeight weight = setups[0].Task.Weights[0];
        int rows = LaneWeight.RoomOf(weight.Rows);
        int most = GroupMemory.MostMembers(columns, rows, weight.Grid.Layout.Runs, _engine!.MemoryBytes, _engine.PieceBytes, 0);
        foreach (TaskSetup[] part in setups.Chunk(Math.Max(1, most)))
        {
            double products = (double)weight.Rows * columns * columns * part.Length;
            using IHessianGroup group = _engine.Open(columns, part.Length, rows);
            using GroupSolver solver = new(_engine, group, part, rows, _options, default);
            Time($"factor {name}", (double)columns * columns * columns / 3 * part.Length, () => solver.Factor());
            Time($"scales {name}", 0, solver.Prepare);
            Time($"loop {name}", products, solver.Round);
            Time($"check {name}", 0, solver.Compare);
            Time($"sweeps {name}", 4 * products, solver.Sweep);
            IReadOnlyList<IReadOnlyList<SolvedWeight>> solved = [];
            Time($"error {name}", 4 * products, () => solved = solver.Finish());
            double error = solved.SelectMany(static s => s).Average(static s => s.RelativeError);
            Console.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"{name}: {part.Length} at once, {GroupMemory.DeviceBytes(columns, rows, part.Length) / 1e9:F2} GB of the device; relative output error {Math.Sqrt(error):F4}"));
        }
    }
}
