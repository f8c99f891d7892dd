using System.Buffers;
using ModelPack.Models.Tensors;
using ModelPack.Models.Tensors.Kernels;

namespace ModelPack.Models.Checkpoints.Encodings;

/// <summary>(code - zero point) * scale: the weights of every encoding that has scales.</summary>
internal sealed class ScaledSource : TensorSource
{
    /// <summary>Weights decoded at a time: codes are still in the cache when they are scaled.</summary>
    private const int Piece = 1 << 16;

    private readonly TensorSource _codes;
    private readonly TensorSource? _zeros;
    private readonly TensorSource _scales;
    private readonly StoredTensor? _groups;
    private readonly ScaleGrid _grid;

    /// <param name="codes">Integers or fp8 values.</param>
    /// <param name="zeros">Zero points in the shape of the scales, or null for none.</param>
    /// <param name="scales">A row for each row of blocks, a column for each block in it.</param>
    /// <param name="grid">Which weights share a scale.</param>
    /// <param name="groups">The scale column of each column, where it does not follow from the grid; all -1 where it does after all.</param>
    public ScaledSource(TensorSource codes, TensorSource? zeros, TensorSource scales, ScaleGrid grid, StoredTensor? groups = null)
        : base(codes.Rows, codes.Columns)
    {
        (_codes, _zeros, _scales, _grid, _groups) = (codes, zeros, scales, grid, groups);
        long rows = codes.Rows == 0 ? 0 : grid.ScaleRow(codes.Rows - 1) + 1;
        long columns = groups is null ? ScaleGrid.Blocks(codes.Columns, grid.BlockColumns) : scales.Columns;
        if (scales.Rows < rows || scales.Columns != columns || (zeros is not null && (zeros.Rows, zeros.Columns) != (scales.Rows, scales.Columns)))
        {
            throw new ArgumentException($"{scales.Rows}x{scales.Columns} scales; expected {rows}x{columns}", nameof(scales));
        }
    }

    public override DType NaturalType => DType.BF16;

    public override int RowGranularity => _codes.RowGranularity;

    public override void Read(long firstRow, Span<float> destination)
    {
        int left = RowRun.Count(this, firstRow, destination);
        if (left == 0)
        {
            return;
        }

        float[]? groups = ReadGroups();
        int unit = RowGranularity;
        int rows = Math.Max(1, Piece / Columns / unit) * unit;
        try
        {
            // Pieces end at multiples of the granularity, so only the first can begin in the middle of one.
            for (int count = Math.Min(left, rows - (int)(firstRow % unit)); left > 0; count = Math.Min(left, rows))
            {
                Span<float> piece = destination[..(count * Columns)];
                ReadPiece(firstRow, piece, groups);
                destination = destination[piece.Length..];
                firstRow += count;
                left -= count;
            }
        }
        finally
        {
            if (groups is not null)
            {
                ArrayPool<float>.Shared.Return(groups);
            }
        }
    }

    private void ReadPiece(long firstRow, Span<float> piece, float[]? groups)
    {
        _codes.Read(firstRow, piece);
        int width = _scales.Columns;
        long first = _grid.ScaleRow(firstRow);
        int length = checked((int)(_grid.ScaleRow(firstRow + (piece.Length / Columns) - 1) + 1 - first) * width);
        float[] table = ArrayPool<float>.Shared.Rent(checked(length * 2));
        try
        {
            Span<float> scales = table.AsSpan(0, length);
            Span<float> zeros = _zeros is null ? [] : table.AsSpan(length, length);
            _scales.Read(first, scales);
            _zeros?.Read(first, zeros);
            for (int at = 0; at < piece.Length; at += Columns)
            {
                int offset = (int)(_grid.ScaleRow(firstRow++) - first) * width;
                Span<float> row = piece.Slice(at, Columns);
                ReadOnlySpan<float> rowScales = scales.Slice(offset, width);
                ReadOnlySpan<float> rowZeros = zeros.IsEmpty ? [] : zeros.Slice(offset, width);
                if (groups is null)
                {
                    Affine.Blocks(row, rowScales, rowZeros, _grid.BlockColumns);
                }
                else
                {
                    Affine.Gathered(row, rowScales, rowZeros, groups);
                }
            }
        }
        finally
        {
            ArrayPool<float>.Shared.Return(table);
        }
    }

    /// <summary>The group of each column, checked; read anew each time, because a large model has too many to keep.</summary>
    private float[]? ReadGroups()
    {
        if (_groups is null)
        {
            return null;
        }

        float[] groups = ArrayPool<float>.Shared.Rent(Columns);
        Span<float> used = groups.AsSpan(0, Columns);
        StoredSource.Of(_groups, 1, Columns).Read(0, used);
        bool unset = !used.ContainsAnyExcept(-1f);
        for (int c = 0; c < used.Length; c++)
        {
            float group = unset ? c / _grid.BlockColumns : used[c];
            if (!(group >= 0 && group < _scales.Columns))
            {
                ArrayPool<float>.Shared.Return(groups);
                throw new InvalidCheckpointException($"{_groups.Place}: column {c}: group {group}; expected 0 to {_scales.Columns - 1}");
            }

            used[c] = group;
        }

        return groups;
    }
}
