using Microsoft.ML.OnnxRuntime;
using ModelPack.Models.Architectures;
using ModelPack.Runtime.Graphs;

namespace ModelPack.Runtime.Interop;

/// <summary>The blocks of a model, each loaded when it is first used.</summary>
internal sealed class BlockSet(DecoderSpec spec, SessionOptions options) : IDisposable
{
    private readonly Dictionary<object, Block> _blocks = [];

    public Block Norm => Get("norm", () => LinearGraphs.Norm(spec.NormEpsilon));

    public Block Linear(bool bias) => Get(bias ? "linear with bias" : "linear", () => LinearGraphs.Linear(bias));

    public Block LinearAdd(bool bias) => Get(bias ? "linear sum with bias" : "linear sum", () => LinearGraphs.LinearAdd(bias));

    public Block GateUp(bool bias) => Get(bias ? "gate and up with bias" : "gate and up", () => LinearGraphs.GateUp(bias));

    public Block Latents(AttentionSpec.Latent attention) =>
        Get(("latents", (AttentionSpec)attention), () => LinearGraphs.Latents(attention, spec.NormEpsilon));

    public Block Attention(AttentionSpec attention) =>
        Get(("attention", attention), () => AttentionGraphs.Core(attention, AttentionGraphs.Scale(spec, attention)));

    public Block Projections(AttentionSpec attention) => Get(("projections", attention), () => attention switch
    {
        AttentionSpec.Grouped grouped => AttentionGraphs.Grouped(spec, grouped),
        AttentionSpec.Latent latent => AttentionGraphs.Latent(spec, latent),
        _ => throw new ArgumentException($"{attention.GetType()} has no graph yet.", nameof(attention)),
    });

    public void Dispose()
    {
        foreach (Block block in _blocks.Values)
        {
            block.Dispose();
        }

        _blocks.Clear();
    }

    private Block Get(object key, Func<BlockGraph> build)
    {
        if (!_blocks.TryGetValue(key, out Block? block))
        {
            _blocks.Add(key, block = new(build(), options));
        }

        return block;
    }
}
