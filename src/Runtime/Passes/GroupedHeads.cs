using Microsoft.ML.OnnxRuntime;
using ModelPack.Models.Architectures;
using ModelPack.Quantize.Calibration;
using ModelPack.Runtime.Interop;

namespace ModelPack.Runtime.Passes;

/// <summary>Multi-head, grouped-query or multi-query attention.</summary>
internal sealed class GroupedHeads(PassContext context, int layer, AttentionSpec.Grouped spec) : AttentionHeads(context, layer)
{
    private static readonly TensorKind[] Projections = [TensorKind.AttentionQuery, TensorKind.AttentionKey, TensorKind.AttentionValue];

    private readonly List<Func<OrtValue>> _weights = [];

    /// <inheritdoc />
    public override LinearInput Input { get; } =
        new(LinearPlace.AttentionInput, layer, null, context.Spec.HiddenSize, [.. Projections.Select(k => new TensorRole(k, layer))]);

    /// <inheritdoc />
    public override void Prepare(
        IReadOnlyDictionary<TensorRole, ReadOnlyMemory<float>>? replaced, Action<TokenBatch, FloatRows> normed)
    {
        foreach (TensorKind kind in Projections)
        {
            RowsLease matrix = Hold(Role(kind), replaced);
            _weights.Add(() => Matrix(matrix));
            if (spec.QueryKeyValueBias)
            {
                RowsLease bias = Hold(Role(kind, bias: true));
                _weights.Add(() => Vector(bias));
            }
        }

        if (spec.QueryKeyNorm != QueryKeyNorm.None)
        {
            RowsLease query = Hold(Role(TensorKind.AttentionQueryNorm));
            RowsLease key = Hold(Role(TensorKind.AttentionKeyNorm));
            _weights.Add(() => Vector(query));
            _weights.Add(() => Vector(key));
        }
    }

    /// <inheritdoc />
    public override void Run(TokenBatch batch, FloatRows normed, FloatRows heads) =>
        Attend(batch, [normed.Value(batch.Windows, batch.Length, normed.Columns), .. _weights.Select(static w => w())], heads);
}
