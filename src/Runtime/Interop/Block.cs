using Microsoft.ML.OnnxRuntime;
using ModelPack.Runtime.Graphs;

namespace ModelPack.Runtime.Interop;

/// <summary>A block's graph, loaded: reads and writes memory of the caller.</summary>
internal sealed class Block : IDisposable
{
    private static readonly RunOptions Defaults = new();

    private readonly string _name;
    private readonly IReadOnlyList<string> _inputs;
    private readonly IReadOnlyList<string> _outputs;
    private readonly InferenceSession _session;

    /// <param name="graph">What it computes.</param>
    /// <param name="options">Threads and device.</param>
    public Block(BlockGraph graph, SessionOptions options)
    {
        (_name, _inputs, _outputs) = (graph.Name, graph.Inputs, graph.Outputs);
        try
        {
            _session = new(graph.Write(), options);
        }
        catch (OnnxRuntimeException e)
        {
            throw RuntimeFaults.Failed(_name, e);
        }
    }

    /// <summary>Runs it.</summary>
    /// <param name="inputs">In the order of the graph; disposed of afterwards.</param>
    /// <param name="outputs">In the order of the graph, with the right sizes; disposed of afterwards.</param>
    /// <param name="options">How; null for nothing particular.</param>
    public void Run(IReadOnlyList<OrtValue> inputs, IReadOnlyList<OrtValue> outputs, RunOptions? options = null)
    {
        try
        {
            _session.Run(options ?? Defaults, _inputs, inputs, _outputs, outputs);
        }
        catch (OnnxRuntimeException e)
        {
            throw RuntimeFaults.Failed(_name, e);
        }
        finally
        {
            foreach (OrtValue value in inputs.Concat(outputs))
            {
                value.Dispose();
            }
        }
    }

    /// <summary>Allocates memory as the session does; disposed of before this.</summary>
    public OrtAllocator Allocator(OrtMemoryInfo info) => new(_session, info);

    public void Dispose() => _session.Dispose();
}
