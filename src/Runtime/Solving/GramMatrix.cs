using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;
using ModelPack.Quantize.Solving.Engines;
using ModelPack.Runtime.Graphs;
using ModelPack.Runtime.Interop;

namespace ModelPack.Runtime.Solving;

/// <summary>XᵀX on a device, or with the host where the device has no room: then ONNX Runtime sends it for each use.</summary>
internal sealed unsafe class GramMatrix : IGramMatrix
{
    // Rows of one product: enough for full speed; sums of more would cost digits.
    private const int MostRows = 4096;

    private const long MostValues = 1 << 24;

    private readonly OrtMatrixEngine _engine;
    private readonly DeviceBuffer _values;
    private readonly int _columns;
    private Action? _released;

    /// <param name="engine">Runs graphs.</param>
    /// <param name="values">Room; disposed of with this.</param>
    /// <param name="columns">Length of a row.</param>
    /// <param name="released">Told when the room is free.</param>
    public GramMatrix(OrtMatrixEngine engine, DeviceBuffer values, int columns, Action released)
    {
        (_engine, _values, _columns, _released) = (engine, values, columns, released);
        Load(new float[(long)columns * columns]);
    }

    /// <inheritdoc/>
    public void Add(ReadOnlySpan<float> rows)
    {
        int most = (int)Math.Clamp(MostValues / _columns, 1, MostRows);
        Block add = _engine.Get("gram", SolverGraphs.AddGram);
        fixed (float* pointer = rows)
        {
            int count = rows.Length / _columns;
            for (int first = 0; first < count; first += most)
            {
                int some = Math.Min(most, count - first);
                add.Run([Host(pointer + ((long)first * _columns), some, _columns), View()], [View()]);
            }
        }
    }

    /// <inheritdoc/>
    public void Load(ReadOnlySpan<float> gram)
    {
        fixed (float* pointer = gram)
        {
            _engine.Get("copy matrix", static () => SolverGraphs.Copy(2)).Run([Host(pointer, _columns, _columns)], [View()]);
        }
    }

    /// <inheritdoc/>
    public void Read(Span<float> gram)
    {
        fixed (float* pointer = gram)
        {
            _engine.Get("copy matrix", static () => SolverGraphs.Copy(2)).Run([View()], [Host(pointer, _columns, _columns)]);
        }
    }

    /// <inheritdoc/>
    public void Measure(ReadOnlySpan<float> rows, Span<float> powers)
    {
        int most = (int)Math.Clamp(MostValues / _columns, 1, MostRows);
        Block measure = _engine.Get("measure", SolverGraphs.Measure);
        fixed (float* pointer = rows)
        fixed (float* sums = powers)
        {
            for (int first = 0; first < powers.Length; first += most)
            {
                int some = Math.Min(most, powers.Length - first);
                measure.Run([Host(pointer + ((long)first * _columns), some, _columns), View()], [Host(sums + first, some)]);
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _values.Dispose();
        _released?.Invoke();
        _released = null;
    }

    /// <summary>The matrix.</summary>
    internal OrtValue View() => _values.View(0, _columns, _columns);

    private static OrtValue Host(float* values, params long[] shape) => OrtValue.CreateTensorValueWithData(
        OrtMemoryInfo.DefaultInstance, TensorElementType.Float, shape, (nint)values, shape.Aggregate(1L, static (a, b) => a * b) * sizeof(float));
}
