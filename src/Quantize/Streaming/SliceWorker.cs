namespace ModelPack.Quantize.Streaming;

/// <summary>Takes slices until none is left; many may run at once.</summary>
internal sealed class SliceWorker(
    StreamPlan plan,
    StreamingOptions options,
    OutputSet output,
    RunState state)
{
    private readonly MemoryBudget _budget = new(options.MemoryBytes);
    private readonly BufferPool _pool = new();

    /// <exception cref="Models.ModelPackException">A slice cannot be read, encoded or written.</exception>
    /// <exception cref="OperationCanceledException">Cancelled between slices.</exception>
    public async Task RunAsync(CancellationToken cancel)
    {
        while (state.TryTake(out Slice slice))
        {
            IStreamedTensor tensor = plan.Tensors[slice.Tensor];
            long bytes = SliceBuffers.BytesFor(tensor, slice.Rows, options.MeasureError);
            using MemoryBudget.Lease lease = await _budget.TakeAsync(bytes, cancel).ConfigureAwait(false);
            SliceBuffers buffers = _pool.Take();
            SquaredError error = SliceEncoder.Encode(tensor, slice, buffers, options.MeasureError);
            long length = SliceBuffers.EncodedBytes(tensor, slice.Rows);
            output.Write(tensor, slice, buffers.Encoded.AsSpan(0, (int)length));
            _pool.GiveBack(buffers);
            state.Complete(slice, error);
        }
    }
}
