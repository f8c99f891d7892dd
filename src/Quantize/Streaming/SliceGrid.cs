namespace ModelPack.Quantize.Streaming;

/// <summary>Cuts the tensors of a plan into slices; the same plan is always cut alike.</summary>
/// <remarks>
/// A slice is about half a million weights: large enough for long reads and writes, small enough for many workers and
/// little lost work. Nothing is stored per slice, for a model of a trillion weights has two million of them.
/// </remarks>
internal sealed class SliceGrid
{
    /// <summary>Part of every fingerprint: raise it when slices are cut in another way.</summary>
    public const int Version = 1;

    private const int SliceWeights = 1 << 19;

    private readonly IReadOnlyList<IStreamedTensor> _tensors;
    private readonly int[] _firstSlice;

    public SliceGrid(IReadOnlyList<IStreamedTensor> tensors)
    {
        _tensors = tensors;
        _firstSlice = new int[tensors.Count + 1];
        for (int i = 0; i < tensors.Count; i++)
        {
            long rows = tensors[i].Weights.Rows;
            int height = RowsOfSlice(tensors[i]);
            _firstSlice[i + 1] = checked(_firstSlice[i] + (int)((rows + height - 1) / height));
        }
    }

    /// <summary>Number of slices.</summary>
    public int Count => _firstSlice[^1];

    /// <summary>The slice of a number below <see cref="Count"/>.</summary>
    public Slice this[int index]
    {
        get
        {
            int found = Array.BinarySearch(_firstSlice, index);
            int tensor = found < 0 ? ~found - 1 : found;

            // Tensors without rows have no slice: of several that start here, the last one owns it.
            while (_firstSlice[tensor + 1] <= index)
            {
                tensor++;
            }

            int height = RowsOfSlice(_tensors[tensor]);
            long first = (long)(index - _firstSlice[tensor]) * height;
            return new(index, tensor, first, (int)Math.Min(height, _tensors[tensor].Weights.Rows - first));
        }
    }

    /// <summary>Number of slices of one tensor.</summary>
    public int CountOf(int tensor) => _firstSlice[tensor + 1] - _firstSlice[tensor];

    /// <summary>Number of a slice among those of its tensor.</summary>
    public int PlaceInTensor(Slice slice) => slice.Index - _firstSlice[slice.Tensor];

    /// <summary>Rows of a slice, a multiple of what the source likes to read where that is not much more.</summary>
    private static int RowsOfSlice(IStreamedTensor tensor)
    {
        int columns = Math.Max(1, tensor.Weights.Columns);
        int rows = Math.Max(1, SliceWeights / columns);
        int granularity = tensor.Weights.RowGranularity;
        return (long)granularity * columns > 2 * SliceWeights ? rows
            : Math.Max(granularity, rows / granularity * granularity);
    }
}
