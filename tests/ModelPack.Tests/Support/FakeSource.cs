using ModelPack.Models.Tensors;

namespace ModelPack.Tests.Support;

/// <summary>Weights that follow from their place, so that any part can be read and checked alone.</summary>
/// <param name="rows">Number of rows.</param>
/// <param name="columns">Row length.</param>
/// <param name="seed">Tells tensors apart.</param>
/// <param name="granularity">What <see cref="RowGranularity"/> says.</param>
internal sealed class FakeSource(long rows, int columns, int seed = 1, int granularity = 1) : TensorSource(rows, columns)
{
    private int _reads;

    /// <summary>Called with the first row of each read, before anything is given: may throw or wait.</summary>
    public Action<long>? OnRead { get; init; }

    /// <summary>Row and column of a weight that is infinite; null for none.</summary>
    public (long Row, int Column)? Infinite { get; init; }

    /// <summary>Number of reads so far.</summary>
    public int Reads => _reads;

    public override DType NaturalType => DType.F32;

    public override int RowGranularity => granularity;

    public override void Read(long firstRow, Span<float> destination)
    {
        Interlocked.Increment(ref _reads);
        OnRead?.Invoke(firstRow);
        Assert.True(destination.Length % Columns == 0, "A read must be of whole rows.");
        Assert.True(firstRow + (destination.Length / Columns) <= Rows, "A read must end inside the tensor.");
        for (int i = 0; i < destination.Length; i++)
        {
            destination[i] = At(firstRow + (i / Columns), i % Columns);
        }
    }

    /// <summary>The weight at a place: between −1 and 1, different everywhere.</summary>
    public float At(long row, int column)
    {
        if (Infinite == (row, column))
        {
            return float.PositiveInfinity;
        }

        uint mixed = (uint)((row * Columns) + column + 1) * 2654435761u;
        mixed = (mixed ^ (mixed >> 15)) * (2246822519u + (uint)(2 * seed));
        return ((mixed >> 8) / (float)(1 << 23)) - 1;
    }
}
