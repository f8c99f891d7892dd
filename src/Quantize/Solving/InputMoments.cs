using ModelPack.Quantize.Kernels;
using ModelPack.Quantize.Kernels.Matrices;
using ModelPack.Quantize.Solving.Engines;

namespace ModelPack.Quantize.Solving;

/// <summary>
/// Sums over the rows that enter one input: how many, their squares a column, and if wanted all products of two columns (the Gram matrix
/// XᵀX). Sums, never means, so that parts can be merged.
/// </summary>
/// <remarks>
/// Rows with a value that is not finite, or too large to square safely, are left out of everything and counted. Products are added in
/// panels of <see cref="PanelRows"/> rows: a panel's sums start at zero, so that many tokens cost no precision. Not safe for threads.
/// </remarks>
public sealed unsafe class InputMoments
{
    /// <summary>Rows whose products are summed up before they are added to those before.</summary>
    internal const int PanelRows = 128;

    /// <summary>Beyond it squares of a few rows leave single precision.</summary>
    private const float Limit = 1e15f;

    private readonly double[] _squares;
    private float[]? _gram;
    private IGramMatrix? _device;
    private bool _isMirrored;

    /// <param name="columns">Length of a row.</param>
    /// <param name="gram">Whether to keep the Gram matrix: columns² floats.</param>
    public InputMoments(int columns, bool gram = true)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(columns, 1);
        Columns = columns;
        _squares = new double[columns];
        _gram = gram ? new float[checked(columns * columns)] : null;
    }

    /// <param name="columns">Length of a row.</param>
    /// <param name="device">Where products are summed up; <see cref="Release"/> disposes of it.</param>
    internal InputMoments(int columns, IGramMatrix device)
        : this(columns, gram: false) => _device = device;

    /// <summary>Length of a row.</summary>
    public int Columns { get; }

    /// <summary>Whether the Gram matrix is kept.</summary>
    public bool HasGram => _gram is not null || _device is not null;

    /// <summary>Rows that count.</summary>
    public long Rows { get; private set; }

    /// <summary>Rows that were left out because a value was not finite, or beyond 10¹⁵.</summary>
    public long Dropped { get; private set; }

    /// <summary>Σ gate² of the rows that count; a row without a gate has 1.</summary>
    public double GateSquares { get; private set; }

    /// <summary>Σ x² of each column.</summary>
    public ReadOnlySpan<double> SquareSums => _squares;

    /// <summary>Mean square length of a row: the trace of the Hessian; 0 without rows.</summary>
    public double Power => Rows == 0 ? 0 : _squares.Sum() / Rows;

    /// <summary>Bytes that this holds in memory.</summary>
    public long Bytes => BytesOf(Columns, _gram is not null);

    /// <summary>The sums of products on a device; null when they are in memory.</summary>
    internal IGramMatrix? Device => _device;

    /// <summary>Bytes that moments of a width hold.</summary>
    public static long BytesOf(int columns, bool gram) => (8L * columns) + (gram ? 4L * columns * columns : 0);

    /// <summary>Adds rows.</summary>
    /// <param name="rows">Row-major.</param>
    /// <param name="gates">Routing weight of each row; empty for none. They are only counted: rows weigh the same.</param>
    /// <param name="threads">Number of threads; the sums are the same for any.</param>
    /// <exception cref="ArgumentException">No whole rows, or not as many gates as rows.</exception>
    public void Add(ReadOnlySpan<float> rows, ReadOnlySpan<float> gates = default, int threads = 1)
    {
        int count = rows.Length / Columns;
        if (rows.Length % Columns != 0 || (!gates.IsEmpty && gates.Length != count))
        {
            throw SolvingFaults.WrongLength("rows", rows.Length, gates.IsEmpty ? (count + 1L) * Columns : (long)gates.Length * Columns);
        }

        bool[] usable = new bool[count];
        int parts = (count + PanelRows - 1) / PanelRows;
        fixed (float* all = rows)
        {
            float* values = all;
            Work.For(parts, threads, part =>
            {
                for (int i = part * PanelRows; i < Math.Min(count, (part + 1) * PanelRows); i++)
                {
                    usable[i] = IsUsable(new(values + ((long)i * Columns), Columns));
                }
            });
        }

        int first = 0;
        for (int i = 0; i <= count; i++)
        {
            if (i < count && usable[i])
            {
                double gate = gates.IsEmpty ? 1 : gates[i];
                GateSquares += double.IsFinite(gate) ? gate * gate : 0;
                continue;
            }

            AddUsable(rows[(first * Columns)..(i * Columns)], i - first, threads);
            Dropped += i < count ? 1 : 0;
            first = i + 1;
        }
    }

    /// <summary>Adds the sums of others: of other tokens, or of another expert.</summary>
    /// <exception cref="ArgumentException">Other columns, or no Gram matrix where there is one here.</exception>
    public void Merge(InputMoments other)
    {
        ArgumentNullException.ThrowIfNull(other);
        if (other.Columns != Columns)
        {
            throw SolvingFaults.WrongColumns("moments", other.Columns, Columns);
        }

        if (HasGram && !other.HasGram)
        {
            throw new ArgumentException("No Gram matrix to merge.", nameof(other));
        }

        Rows += other.Rows;
        Dropped += other.Dropped;
        GateSquares += other.GateSquares;
        for (int i = 0; i < Columns; i++)
        {
            _squares[i] += other._squares[i];
        }

        for (int i = 0; HasGram && i < Columns; i++)
        {
            Span<float> row = Gram.AsSpan(i * Columns, i + 1);
            VectorSums.Add(row, other.Gram.AsSpan(i * Columns, i + 1));
        }

        _isMirrored = false;
        Release();
    }

    /// <summary>Frees what a device holds; sums that were not read before are lost.</summary>
    internal void Release()
    {
        _device?.Dispose();
        _device = null;
    }

    /// <summary>A row of the whole, symmetric Gram matrix. Safe for threads while nothing is added.</summary>
    internal ReadOnlySpan<float> GramRow(int row)
    {
        Mirror();
        return Gram.AsSpan(row * Columns, Columns);
    }

    /// <summary>The Gram matrix; its lower triangle is right.</summary>
    internal float[] Gram => _gram ?? Fetch();

    private float[] Fetch()
    {
        lock (_squares)
        {
            if (_gram is null)
            {
                float[] gram = new float[checked(Columns * Columns)];
                (_device ?? throw new InvalidOperationException("No Gram matrix.")).Read(gram);
                _isMirrored = true;
                Volatile.Write(ref _gram, gram);
            }

            return _gram;
        }
    }

    private static bool IsUsable(ReadOnlySpan<float> row) =>
        FiniteScan.IndexOfNonFinite(row) < 0 && FiniteScan.IndexOfGreater(row, Limit) < 0;

    private void AddUsable(ReadOnlySpan<float> rows, int count, int threads)
    {
        Rows += count;
        AddSquares(rows, count, threads);
        if (count == 0 || !HasGram)
        {
            return;
        }

        if (_device is not null)
        {
            _device.Add(rows);
            _gram = null;
            return;
        }

        _isMirrored = false;
        using Panels panels = new(Math.Min(PanelRows, count), Columns);
        fixed (float* gram = _gram)
        {
            for (int i = 0; i < count; i += PanelRows)
            {
                int depth = Math.Min(PanelRows, count - i);
                panels.PackRows(rows.Slice(i * Columns, depth * Columns), depth);
                LowerProduct.Add(panels, gram, Columns, threads);
            }
        }
    }

    // Threads share columns, so that a column's squares are added in the order of the rows.
    private void AddSquares(ReadOnlySpan<float> rows, int count, int threads)
    {
        int side = count < PanelRows ? Columns : Math.Max(256, (Columns + threads - 1) / threads);
        fixed (float* all = rows)
        {
            float* values = all;
            Work.For((Columns + side - 1) / side, threads, part =>
            {
                (int first, int width) = (part * side, Math.Min(side, Columns - (part * side)));
                for (long i = 0; i < count; i++)
                {
                    VectorSums.AddSquares(_squares.AsSpan(first, width), new(values + (i * Columns) + first, width));
                }
            });
        }
    }

    private void Mirror()
    {
        if (Volatile.Read(ref _isMirrored))
        {
            return;
        }

        lock (_squares)
        {
            if (_isMirrored)
            {
                return;
            }

            const int Side = 64;
            for (int i = 0; i < Columns; i += Side)
            {
                for (int j = 0; j <= i; j += Side)
                {
                    MirrorTile(i, j, Side);
                }
            }

            Volatile.Write(ref _isMirrored, true);
        }
    }

    private void MirrorTile(int firstRow, int firstColumn, int side)
    {
        float[] gram = Gram;
        for (int i = firstRow; i < Math.Min(firstRow + side, Columns); i++)
        {
            for (int j = firstColumn; j < Math.Min(firstColumn + side, i); j++)
            {
                gram[(j * Columns) + i] = gram[(i * Columns) + j];
            }
        }
    }
}
