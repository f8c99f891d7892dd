using ModelPack.Models.Onnx.Reading;

namespace ModelPack.Models.Onnx;

/// <summary>Every tensor that a model stores: initializers, sparse ones, Constant nodes, in the graph, its subgraphs and functions.</summary>
public sealed class OnnxInventory
{
    private readonly List<OnnxInventoryEntry> _entries = [];
    private readonly List<(OnnxInventoryEntry Weights, OnnxNode Node, long Count, long Active)> _stacks = [];

    private OnnxInventory()
    {
    }

    /// <summary>The tensors, in file order. One that a later name shares bytes with has weights of its own only once.</summary>
    public IReadOnlyList<OnnxConstant> Constants { get; private set; } = [];

    /// <summary>Experts in a layer, and how many a token uses; null where no operator has experts.</summary>
    public (long Count, long Active)? Experts { get; private set; }

    /// <summary>Lists a model's tensors.</summary>
    public static OnnxInventory Of(OnnxModel model)
    {
        OnnxInventory inventory = new();
        inventory.Walk(model.Graph, null);
        foreach (OnnxFunction function in model.Functions)
        {
            inventory.Walk(new OnnxGraph(function.Name, function.Nodes, [], [], []), null);
        }

        inventory.Close();
        return inventory;
    }

    private void Walk(OnnxGraph graph, Scope? outer)
    {
        Scope scope = new(outer);
        foreach (OnnxTensor tensor in graph.Initializers)
        {
            Add(scope, tensor.Name, tensor);
        }

        foreach (OnnxSparseTensor sparse in graph.SparseInitializers)
        {
            Add(scope, sparse.Values.Name, sparse.Values);
            if (sparse.Indices is { } indices)
            {
                Add(scope, indices.Name, indices).Use = new(OnnxConstantUse.NoWeights, 0);
            }
        }

        foreach (OnnxNode node in graph.Nodes.Where(static n => n.Outputs.Count > 0))
        {
            OnnxTensor? constant = node is { Operator: "Constant", Domain: "" }
                ? node.Attributes.OfType<OnnxAttribute.Tensor>().FirstOrDefault()?.Value
                : null;
            if (constant is not null)
            {
                Add(scope, node.Outputs[0], constant);
            }
            else if (node is { Operator: "Reshape" or "Identity" or "Transpose" or "Squeeze" or "Unsqueeze", Domain: "", Inputs.Count: > 0 })
            {
                scope.SameBytes.TryAdd(node.Outputs[0], node.Inputs[0]);
            }
        }

        foreach (OnnxNode node in graph.Nodes)
        {
            Mark(scope, node);
            foreach (OnnxAttribute attribute in node.Attributes)
            {
                if (attribute is OnnxAttribute.Graph inner)
                {
                    Walk(inner.Value, scope);
                }
            }
        }
    }

    private OnnxInventoryEntry Add(Scope scope, string name, OnnxTensor tensor)
    {
        OnnxInventoryEntry entry = new(name, tensor);
        _entries.Add(entry);
        scope.Entries.TryAdd(name, entry);
        return entry;
    }

    private void Mark(Scope scope, OnnxNode node)
    {
        if (OnnxOperators.Find(node) is not { } layout)
        {
            return;
        }

        for (int i = 0; i < node.Inputs.Count; i++)
        {
            if (layout.Uses.TryGetValue(i, out OnnxConstantUse use) && scope.Find(node.Inputs[i]) is { } entry)
            {
                entry.Use ??= new(use, layout.Bits(node));
                entry.Logical ??= use == OnnxConstantUse.Packed ? layout.Logical(node) : null;
                if (layout.Experts && entry.Tensor.Shape is [> 0, _, ..])
                {
                    _stacks.Add((entry, node, entry.Tensor.Shape[0], OnnxOperators.Integer(node, "k") ?? 1));
                }
            }
        }
    }

    /// <summary>Experts of a layer may stand in several operators, one a width: they read the same values.</summary>
    private void Close()
    {
        foreach (var layer in _stacks.GroupBy(static s => s.Node.Inputs[0]))
        {
            // An operator has several stacks, each of all its experts.
            long count = layer.GroupBy(static s => s.Node, ReferenceEqualityComparer.Instance).Sum(static g => g.Max(static s => s.Count));
            long active = Math.Min(count, Math.Max(1, layer.Max(static s => s.Active)));
            Experts ??= (count, active);
            foreach (var (weights, _, _, _) in layer)
            {
                weights.Experts ??= (count, active);
            }
        }

        HashSet<OnnxData> seen = [];
        Constants = [.. _entries.Select(e => new OnnxConstant(e.Name, e.Tensor, e.TypeName, IsRepeated(e, seen) ? 0 : e.Parameters) { Experts = e.Experts })];
    }

    private static bool IsRepeated(OnnxInventoryEntry entry, HashSet<OnnxData> seen) =>
        entry.Tensor.Data is OnnxData.External { Bytes: > 0 } data && !seen.Add(data);

    /// <summary>Names of one graph; what it does not know, the graph around it may.</summary>
    private sealed class Scope(Scope? outer)
    {
        public Dictionary<string, OnnxInventoryEntry> Entries { get; } = [];

        public Dictionary<string, string> SameBytes { get; } = [];

        public OnnxInventoryEntry? Find(string name)
        {
            for (int hop = 0; hop < 8; hop++)
            {
                string? before = null;
                for (Scope? scope = this; scope is not null && before is null; scope = scope.Outer)
                {
                    if (scope.Entries.TryGetValue(name, out OnnxInventoryEntry? entry))
                    {
                        return entry;
                    }

                    scope.SameBytes.TryGetValue(name, out before);
                }

                if (before is null)
                {
                    return null;
                }

                name = before;
            }

            return null;
        }

        private Scope? Outer => outer;
    }
}
