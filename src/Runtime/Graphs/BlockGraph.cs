using ModelPack.Models.Onnx;
using ModelPack.Models.Onnx.Export;

namespace ModelPack.Runtime.Graphs;

/// <summary>A small graph whose weights are inputs, so that one session serves all layers and experts.</summary>
/// <remarks>Only operators that ONNX Runtime has for float32 on the CPU and on CUDA.</remarks>
internal sealed class BlockGraph
{
    private const long IrVersion = 10;
    private const long Opset = 20;

    private readonly List<OnnxValue> _inputs = [];
    private readonly List<OnnxValue> _outputs = [];

    /// <param name="name">For messages.</param>
    public BlockGraph(string name) => Name = name;

    /// <summary>For messages.</summary>
    public string Name { get; }

    /// <summary>Nodes and constants.</summary>
    public GraphBuilder Graph { get; } = new();

    /// <summary>Names of the inputs, in the order in which they were added.</summary>
    public IReadOnlyList<string> Inputs => [.. _inputs.Select(static i => i.Name)];

    /// <summary>Names of the outputs.</summary>
    public IReadOnlyList<string> Outputs => [.. _outputs.Select(static o => o.Name)];

    /// <summary>Adds a float32 input.</summary>
    /// <param name="name">Name.</param>
    /// <param name="dimensions">So many, of any size.</param>
    public string Input(string name, int dimensions)
    {
        _inputs.Add(new(name, OnnxElementType.Float, Any(name, dimensions)));
        return name;
    }

    /// <summary>Adds an input of one whole number.</summary>
    public void Place(string name) => _inputs.Add(new(name, OnnxElementType.Int64, [(OnnxDimension)1]));

    /// <summary>Adds an input of any number of whole numbers.</summary>
    public string Indices(string name)
    {
        _inputs.Add(new(name, OnnxElementType.Int64, Any(name, 1)));
        return name;
    }

    /// <summary>Names an output.</summary>
    public void Output(string name, int dimensions) => _outputs.Add(new(name, OnnxElementType.Float, Any(name, dimensions)));

    /// <summary>x · Wᵀ + b with new inputs for W and b.</summary>
    public string Linear(string name, string input, bool bias = false)
    {
        string weight = Input($"{name}.weight", 2);
        string vector = bias ? Input($"{name}.bias", 1) : "";
        return Graph.Add("Gemm", name, [input, weight, vector], new OnnxAttribute.Int("transB", 1));
    }

    /// <summary>RMS norm of the last dimension with a new input for its weights.</summary>
    public string Norm(string name, string input, double epsilon) => Graph.Add(
        "SimplifiedLayerNormalization",
        name,
        [input, Input($"{name}.weight", 1)],
        new OnnxAttribute.Int("axis", -1),
        new OnnxAttribute.Float("epsilon", (float)epsilon),
        new OnnxAttribute.Int("stash_type", 1));

    /// <summary>The model file.</summary>
    public byte[] Write()
    {
        OnnxGraph graph = new(Name, Graph.Nodes, _inputs, _outputs, Graph.Initializers);
        using MemoryStream stream = new();
        OnnxWriter.Write(stream, new(graph, [new("", Opset), new(GraphBuilder.Microsoft, 1)], IrVersion, "modelpack", "", []));
        return stream.ToArray();
    }

    private static OnnxDimension[] Any(string name, int dimensions) =>
        [.. Enumerable.Range(0, dimensions).Select(i => (OnnxDimension)$"{name}.{i}")];
}
