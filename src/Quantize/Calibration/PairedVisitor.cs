using ModelPack.Models.Architectures;

namespace ModelPack.Quantize.Calibration;

/// <summary>Two visitors of one pass; weights are replaced as the second says.</summary>
/// <param name="first">Only looks.</param>
/// <param name="second">May replace weights.</param>
public sealed class PairedVisitor(ILinearVisitor first, ILinearVisitor second) : ILinearVisitor
{
    /// <inheritdoc/>
    public void Begin(int firstLayer)
    {
        first.Begin(firstLayer);
        second.Begin(firstLayer);
    }

    /// <inheritdoc/>
    public bool Wants(LinearPlace place) => first.Wants(place) || second.Wants(place);

    /// <inheritdoc/>
    public int NearMisses(LinearInput input, int routed) => Math.Max(first.NearMisses(input, routed), second.NearMisses(input, routed));

    /// <inheritdoc/>
    public void Visit(LinearInput input, ReadOnlySpan<float> rows, ReadOnlySpan<float> gates, RowSample sample)
    {
        if (first.Wants(input.Place))
        {
            first.Visit(input, rows, gates, sample);
        }

        if (second.Wants(input.Place))
        {
            second.Visit(input, rows, gates, sample);
        }
    }

    /// <inheritdoc/>
    public IReadOnlyDictionary<TensorRole, ReadOnlyMemory<float>>? Complete(IReadOnlyList<LinearInput> inputs, CancellationToken cancel)
    {
        if (first.Wants(inputs[0].Place))
        {
            first.Complete(inputs, cancel);
        }

        return second.Wants(inputs[0].Place) ? second.Complete(inputs, cancel) : null;
    }

    /// <inheritdoc/>
    public void LayerDone(int layer)
    {
        first.LayerDone(layer);
        second.LayerDone(layer);
    }
}
