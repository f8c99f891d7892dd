using ModelPack.Models.Architectures;
using ModelPack.Models.Conversion;
using ModelPack.Models.Tensors;

namespace ModelPack.Runtime.Interop;

/// <summary>Reads weights of any stored type into float32, one matrix at a time, on all threads.</summary>
/// <param name="weights">By role.</param>
/// <param name="pool">Lends the memory.</param>
/// <param name="threads">Threads that decode.</param>
internal sealed class WeightReader(ModelWeights weights, BufferPool pool, int threads)
{
    // Values that one thread decodes at a time: small enough that no thread waits long for the last one.
    private const int ChunkValues = 1 << 17;

    /// <summary>The tensor of a role.</summary>
    public TensorSource this[TensorRole role] => weights.Tensors[role];

    /// <summary>Reads a weight, or takes the replacement that a visitor gave.</summary>
    public RowsLease Read(TensorRole role, IReadOnlyDictionary<TensorRole, ReadOnlyMemory<float>>? replaced = null)
    {
        TensorSource source = weights.Tensors[role];
        if (replaced is null || !replaced.TryGetValue(role, out ReadOnlyMemory<float> values))
        {
            return ReadAll(source);
        }

        return values.Length == source.Rows * source.Columns
            ? new(values, source.Rows, source.Columns)
            : throw RuntimeFaults.WrongReplacement($"{role}", values.Length, source.Rows, source.Columns);
    }

    /// <summary>Reads a tensor.</summary>
    private RowsLease ReadAll(TensorSource source)
    {
        NativeBuffer buffer = pool.Rent(source.Rows * source.Columns);
        RowsLease weight = new(pool, buffer, source.Rows, source.Columns);
        try
        {
            int grain = source.RowGranularity;
            long step = Math.Max(1, ChunkValues / Math.Max(1, (long)source.Columns * grain)) * grain;
            int chunks = checked((int)((source.Rows + step - 1) / step));
            if (chunks <= 1)
            {
                source.Read(0, weight.Rows.Span);
                return weight;
            }

            Parallel.For(0, chunks, new ParallelOptions { MaxDegreeOfParallelism = threads }, chunk =>
            {
                long first = chunk * step;
                source.Read(first, weight.Rows.Slice(first, Math.Min(step, source.Rows - first)).Span);
            });
            return weight;
        }
        catch (AggregateException e)
        {
            weight.Dispose();
            throw e.Flatten().InnerExceptions[0];
        }
        catch
        {
            weight.Dispose();
            throw;
        }
    }
}
