using ModelPack.Models.Architectures;
using ModelPack.Models.Onnx;
using ModelPack.Models.Onnx.Export;

namespace ModelPack.Runtime.Graphs;

/// <summary>Blocks in which a row depends on no other row.</summary>
internal static class LinearGraphs
{
    /// <summary>x, weights → RMS norm.</summary>
    public static BlockGraph Norm(double epsilon)
    {
        BlockGraph block = new("norm");
        block.Output(block.Norm("norm", block.Input("x", 2), epsilon), 2);
        return block;
    }

    /// <summary>x, W, [b] → x · Wᵀ + b: the router, a down projection, the head.</summary>
    public static BlockGraph Linear(bool bias)
    {
        BlockGraph block = new("linear");
        block.Output(block.Linear("linear", block.Input("x", 2), bias), 2);
        return block;
    }

    /// <summary>x, W, [b], residual → residual + x · Wᵀ + b.</summary>
    /// <remarks>The sum may be written over the residual: its operator goes element by element, and nothing reads the residual later.</remarks>
    public static BlockGraph LinearAdd(bool bias)
    {
        BlockGraph block = new("linear-add");
        string part = block.Linear("linear", block.Input("x", 2), bias);
        block.Output(block.Graph.Add("Add", "sum", [part, block.Input("residual", 2)]), 2);
        return block;
    }

    /// <summary>x, gate, [bias], up, [bias] → silu(x · gateᵀ) × (x · upᵀ).</summary>
    public static BlockGraph GateUp(bool bias)
    {
        BlockGraph block = new("gate-up");
        string input = block.Input("x", 2);
        string gate = block.Linear("gate", input, bias);
        string up = block.Linear("up", input, bias);
        string silu = block.Graph.AddMicrosoft("QuickGelu", "silu", [gate], new OnnxAttribute.Float("alpha", 1));
        block.Output(block.Graph.Add("Mul", "inner", [silu, up]), 2);
        return block;
    }

    /// <summary>x, q_a, norm, kv_a, norm → compressed query; compressed key and value; the part of the keys that is rotated.</summary>
    public static BlockGraph Latents(AttentionSpec.Latent spec, double epsilon)
    {
        BlockGraph block = new("latents");
        string input = block.Input("x", 2);
        if (spec.QueryRank is not null)
        {
            block.Output(block.Norm("query", block.Linear("q_a", input), epsilon), 2);
        }

        string both = block.Linear("kv_a", input);
        string[] parts = ["kv_a.latent", "rotated"];
        GraphBuilder graph = block.Graph;
        graph.Add("", "Split", parts[0], [both, graph.Integers(spec.KeyValueRank, spec.RopeSize)], parts, [new OnnxAttribute.Int("axis", -1)]);
        block.Output(block.Norm("key_value", parts[0], epsilon), 2);
        block.Output(parts[1], 2);
        return block;
    }
}
