using ModelPack.Models.Architectures;

namespace ModelPack.Models.Onnx.Export;

/// <summary>A dense network: down(silu(gate(x)) · up(x)).</summary>
internal static class FeedForwardPart
{
    /// <summary>A layer's dense feed-forward.</summary>
    public static string AddDense(DecoderParts parts, string input, int layer, FeedForwardSpec.Dense spec) => Add(
        parts,
        input,
        new(TensorKind.FeedForwardGate, layer),
        new(TensorKind.FeedForwardUp, layer),
        new(TensorKind.FeedForwardDown, layer),
        spec.Bias);

    /// <summary>A layer's shared experts, stored as one network.</summary>
    public static string AddShared(DecoderParts parts, string input, int layer) => Add(
        parts,
        input,
        new(TensorKind.SharedExpertGate, layer),
        new(TensorKind.SharedExpertUp, layer),
        new(TensorKind.SharedExpertDown, layer),
        bias: false);

    private static string Add(DecoderParts parts, string input, TensorRole gateRole, TensorRole upRole, TensorRole downRole, bool bias)
    {
        GraphBuilder graph = parts.Graph;
        string gate = parts.Linear(input, gateRole, bias);
        string up = parts.Linear(input, upRole, bias);
        string sigmoid = graph.Add("Sigmoid", $"{gateRole}.sigmoid", [gate]);
        string silu = graph.Add("Mul", $"{gateRole}.silu", [gate, sigmoid]);
        string inner = graph.Add("Mul", $"{gateRole}.times_up", [silu, up]);
        return parts.Linear(inner, downRole, bias);
    }
}
