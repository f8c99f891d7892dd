using ModelPack.Models.Architectures;

namespace ModelPack.Quantize.Calibration;

/// <summary>Sees the inputs of every linear layer while calibration tokens go through a model, layer by layer.</summary>
/// <remarks>
/// Calls come one at a time, in the order of a forward pass: for a layer, each place's <see cref="Visit"/> calls (a batch of rows each)
/// and then one <see cref="Complete"/>; experts come in groups, so that work on them can be batched: all rows of all inputs of a group,
/// then one Complete for the group. Experts without a row are named in Complete all the same.
/// </remarks>
public interface ILinearVisitor
{
    /// <summary>Layers before this one were completed in an earlier run.</summary>
    void Begin(int firstLayer);

    /// <summary>Whether the rows of a place are wanted at all; what nobody wants is not copied.</summary>
    bool Wants(LinearPlace place);

    /// <summary>
    /// How many near-miss rows an expert should be shown that was routed so many: 0 for none.
    /// </summary>
    int NearMisses(LinearInput input, int routed);

    /// <summary>Rows that enter.</summary>
    /// <param name="input">Which input.</param>
    /// <param name="rows">Row-major, <see cref="LinearInput.Width"/> columns; only valid during the call. May hold values that are not finite.</param>
    /// <param name="gates">Experts: the routing weight of each row. Empty for other places.</param>
    /// <param name="sample">Routed, or near misses (after the routed ones).</param>
    void Visit(LinearInput input, ReadOnlySpan<float> rows, ReadOnlySpan<float> gates, RowSample sample);

    /// <summary>All rows of these inputs were shown.</summary>
    /// <returns>
    /// Weights that the rest of the pass computes with instead of the stored ones, row-major [outputs, Width] by role; null or a missing role
    /// leaves them.
    /// </returns>
    IReadOnlyDictionary<TensorRole, ReadOnlyMemory<float>>? Complete(IReadOnlyList<LinearInput> inputs, CancellationToken cancel);

    /// <summary>A layer is done and what the next one needs is safe; time to make one's own results safe comes before, in Complete.</summary>
    void LayerDone(int layer);
}
