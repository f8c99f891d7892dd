using ModelPack.Quantize.Kernels;

namespace ModelPack.Quantize.Calibration;

/// <summary>What was seen of one input of linear layers: a sum of squares a column, and how many rows.</summary>
public sealed class InputTally
{
    private double[]? _sums;
    private float[]? _packed;

    /// <param name="input">Which input.</param>
    public InputTally(LinearInput input)
    {
        Input = input;
        _sums = new double[input.Width];
    }

    internal InputTally(LinearInput input, double[] sums, long rows, long dropped)
    {
        (Input, _sums, Rows, Dropped) = (input, sums, rows, dropped);
    }

    /// <summary>Which input.</summary>
    public LinearInput Input { get; }

    /// <summary>Rows that were summed.</summary>
    public long Rows { get; private set; }

    /// <summary>Rows that were left out, because a value in them was not finite.</summary>
    public long Dropped { get; private set; }

    /// <summary>Adds the squares of whole rows; one with a value that is not finite is left out and counted.</summary>
    public void Add(ReadOnlySpan<float> rows)
    {
        double[] sums = Unpacked();
        bool clean = FiniteScan.IndexOfNonFinite(rows) < 0;
        for (; !rows.IsEmpty; rows = rows[sums.Length..])
        {
            ReadOnlySpan<float> row = rows[..sums.Length];
            if (clean || FiniteScan.IndexOfNonFinite(row) < 0)
            {
                ColumnSquares.Best(row, sums);
                Rows++;
            }
            else
            {
                Dropped++;
            }
        }
    }

    /// <summary>Adds what another run saw of the same input.</summary>
    public void Add(InputTally other)
    {
        double[] sums = Unpacked();
        for (int i = 0; i < sums.Length; i++)
        {
            sums[i] += other[i];
        }

        Rows += other.Rows;
        Dropped += other.Dropped;
    }

    /// <summary>The sum of a column.</summary>
    public double this[int column] => _sums is null ? _packed![column] : _sums[column];

    /// <summary>The sums in single precision, as files hold them.</summary>
    public float[] ToSingles() => _packed ?? Array.ConvertAll(_sums!, static s => (float)s);

    /// <summary>Halves the memory of a layer that is done; what is added later is added to the rounded sums.</summary>
    internal void Pack()
    {
        _packed = ToSingles();
        _sums = null;
    }

    private double[] Unpacked()
    {
        _sums ??= Array.ConvertAll(_packed!, static s => (double)s);
        _packed = null;
        return _sums;
    }
}
