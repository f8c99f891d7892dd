using ModelPack.Models.Architectures;
using ModelPack.Quantize.Calibration;

namespace ModelPack.Tests.Runtime;

/// <summary>Wants all and keeps nothing.</summary>
internal sealed class Counter : ILinearVisitor
{
    /// <summary>Rows that were shown.</summary>
    public long Rows { get; private set; }

    public void Begin(int firstLayer)
    {
    }

    public bool Wants(LinearPlace place) => true;

    public int NearMisses(LinearInput input, int routed) => 2;

    public void Visit(LinearInput input, ReadOnlySpan<float> rows, ReadOnlySpan<float> gates, RowSample sample) =>
        Rows += rows.Length / input.Width;

    public IReadOnlyDictionary<TensorRole, ReadOnlyMemory<float>>? Complete(IReadOnlyList<LinearInput> inputs, CancellationToken cancel) => null;

    public void LayerDone(int layer)
    {
    }
}
