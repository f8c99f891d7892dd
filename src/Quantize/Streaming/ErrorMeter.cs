namespace ModelPack.Quantize.Streaming;

/// <summary>Adds up the errors of each tensor's slices, always in the order of slices: same sums for any thread count.</summary>
/// <param name="grid">The slices of the run.</param>
/// <param name="tensors">Number of tensors.</param>
/// <remarks>Not safe for threads. Only tensors in progress hold an entry a slice.</remarks>
internal sealed class ErrorMeter(SliceGrid grid, int tensors)
{
    private readonly SquaredError?[]?[] _slices = new SquaredError?[tensors][];
    private readonly SquaredError?[] _totals = new SquaredError?[tensors];
    private readonly int[] _missing = [.. Enumerable.Range(0, tensors).Select(grid.CountOf)];

    /// <summary>Notes the error of a slice.</summary>
    public void Add(Slice slice, SquaredError error)
    {
        SquaredError?[] slices = _slices[slice.Tensor] ??= new SquaredError?[grid.CountOf(slice.Tensor)];
        slices[grid.PlaceInTensor(slice)] = error;
        if (--_missing[slice.Tensor] == 0)
        {
            _totals[slice.Tensor] = slices.Aggregate(default(SquaredError), static (sum, e) => sum + e!.Value);
            _slices[slice.Tensor] = null;
        }
    }

    /// <summary>The error of a tensor; null unless all of its slices were added.</summary>
    public SquaredError? Of(int tensor) => _totals[tensor];
}
