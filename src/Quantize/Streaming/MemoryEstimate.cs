using ModelPack.Quantize.Onnx;
using ModelPack.Quantize.Plans;

namespace ModelPack.Quantize.Streaming;

/// <summary>Says before a run how much memory it will take.</summary>
public static class MemoryEstimate
{
    /// <summary>Resident memory of a process that only reads headers and waits: the runtime, code, metadata.</summary>
    public const long Baseline = 56L << 20;

    /// <summary>Peak resident bytes of a process that runs a plan; sources that keep tables of their own add to it.</summary>
    /// <param name="plan">What is run.</param>
    /// <param name="options">Threads, and the limit of the buffers.</param>
    public static long Peak(QuantizationPlan plan, StreamingOptions options) => Peak(plan.Tensors, options);

    /// <summary>As above, for an ONNX folder.</summary>
    public static long Peak(OnnxPlan plan, StreamingOptions options) => Peak(plan.Weights, options) + plan.Model.Length;

    /// <summary>As above, of what is streamed.</summary>
    internal static long Peak(IReadOnlyList<IStreamedTensor> tensors, StreamingOptions options)
    {
        SliceGrid grid = new(tensors);
        long slice = 0;
        for (int i = 0, next = 0; i < tensors.Count; next += grid.CountOf(i), i++)
        {
            if (grid.CountOf(i) > 0)
            {
                slice = Math.Max(slice, SliceBuffers.BytesFor(tensors[i], grid[next].Rows, options.MeasureError));
            }
        }

        // A row that exceeds the limit is still worked on, alone.
        long buffers = Math.Max(slice, Math.Min(options.MemoryBytes, slice * options.Threads));
        return Baseline + buffers;
    }
}
