using Microsoft.ML.OnnxRuntime;
using ModelPack.Models.Architectures;
using ModelPack.Runtime.Interop;

namespace ModelPack.Runtime.Passes;

/// <summary>The first half of a feed-forward, with its weights in memory until disposed of.</summary>
internal sealed class GateUpWeights : IDisposable
{
    private readonly PassContext _context;
    private readonly List<(RowsLease Matrix, RowsLease? Bias)> _weights = [];

    private GateUpWeights(PassContext context) => _context = context;

    /// <summary>Reads the weights.</summary>
    public static GateUpWeights Read(
        PassContext context, TensorRole gate, TensorRole up, bool bias, IReadOnlyDictionary<TensorRole, ReadOnlyMemory<float>>? replaced)
    {
        GateUpWeights weights = new(context);
        foreach (TensorRole role in (TensorRole[])[gate, up])
        {
            weights._weights.Add((context.Weights.Read(role, replaced), bias ? context.Weights.Read(role with { Bias = true }) : null));
        }

        return weights;
    }

    /// <summary>silu(gate(x)) × up(x).</summary>
    public void Run(FloatRows input, FloatRows inner)
    {
        List<OrtValue> values = [input.Value()];
        foreach ((RowsLease matrix, RowsLease? bias) in _weights)
        {
            values.Add(matrix.Rows.Value());
            if (bias is not null)
            {
                values.Add(bias.Rows.Value(bias.Rows.Length));
            }
        }

        _context.Blocks.GateUp(_weights[0].Bias is not null).Run(values, [inner.Value()]);
    }

    public void Dispose()
    {
        foreach ((RowsLease matrix, RowsLease? bias) in _weights)
        {
            matrix.Dispose();
            bias?.Dispose();
        }
    }
}
