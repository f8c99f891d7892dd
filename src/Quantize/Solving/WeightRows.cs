using ModelPack.Quantize.Kernels.Matrices;
using ModelPack.Quantize.Streaming;

namespace ModelPack.Quantize.Solving;

/// <summary>A weight with room for its stored form, some rows at a time.</summary>
/// <param name="weight">The weight.</param>
/// <param name="importance">One a column, or empty.</param>
internal sealed class WeightRows(SolveWeight weight, float[] importance)
{
    /// <summary>Rows of one piece of work.</summary>
    public const int PieceRows = FeedbackRows.Most;

    public RowGrid Grid => weight.Grid;

    public byte[] Values { get; } = new byte[checked((long)weight.Rows * weight.Grid.ValueBytes)];

    public byte[] Scales { get; } = new byte[checked((long)weight.Rows * weight.Grid.ScaleBytes)];

    public byte[] Zeros { get; } = new byte[checked((long)weight.Rows * weight.Grid.ZeroBytes)];

    public float[] Decoded { get; } = new float[weight.Values.Length];

    /// <summary>Number of pieces.</summary>
    public int Pieces => (weight.Rows + PieceRows - 1) / PieceRows;

    /// <summary>Rows of a piece.</summary>
    public int RowsOf(int piece) => Math.Min(PieceRows, weight.Rows - (piece * PieceRows));

    /// <summary>The weights of a piece.</summary>
    public ReadOnlySpan<float> WeightsOf(int piece) =>
        weight.Values.Span.Slice(piece * PieceRows * Grid.Columns, RowsOf(piece) * Grid.Columns);

    /// <summary>What a reader sees of a piece.</summary>
    public Span<float> DecodedOf(int piece) =>
        Decoded.AsSpan(piece * PieceRows * Grid.Columns, RowsOf(piece) * Grid.Columns);

    /// <summary>The stored form of a piece.</summary>
    public EncodedRows EncodedOf(int piece)
    {
        (int first, int count) = (piece * PieceRows, RowsOf(piece));
        return new(
            Values.AsSpan(first * Grid.ValueBytes, count * Grid.ValueBytes),
            Scales.AsSpan(first * Grid.ScaleBytes, count * Grid.ScaleBytes),
            Zeros.AsSpan(first * Grid.ZeroBytes, count * Grid.ZeroBytes));
    }

    /// <summary>Chooses the scales of a piece, and the nearest codes.</summary>
    public void Encode(int piece, EncodedRows output) => Grid.Encode(WeightsOf(piece), importance, output);

    /// <summary>Chooses scales and the nearest codes of all rows, and decodes them.</summary>
    public void Encode(int threads, CancellationToken cancel) => Work.For(
        Pieces,
        threads,
        Encode,
        cancel);

    /// <summary>Chooses scales and the nearest codes of a piece, and decodes them.</summary>
    public void Encode(int piece)
    {
        Encode(piece, EncodedOf(piece));
        Grid.Decode(EncodedOf(piece), DecodedOf(piece));
    }

    /// <summary>Replaces the codes of a piece, and decodes them.</summary>
    /// <param name="piece">Which.</param>
    /// <param name="codes">One a weight, row-major.</param>
    public void Store(int piece, ReadOnlySpan<byte> codes)
    {
        Grid.SetCodes(codes, EncodedOf(piece));
        Grid.Decode(EncodedOf(piece), DecodedOf(piece));
    }

    /// <summary>The grids of a piece: run after run, row after row.</summary>
    public LevelStep[] StepsOf(int piece)
    {
        LevelStep[] steps = new LevelStep[RowsOf(piece) * Grid.Layout.Runs];
        Grid.ReadGrid(EncodedOf(piece), steps);
        return steps;
    }

    /// <summary>Fits the steps of all rows to their codes, and decodes them again.</summary>
    public void Refit(ScaleRefit refit, int threads, CancellationToken cancel) => Work.For(
        Pieces,
        threads,
        piece =>
        {
            int runs = Grid.Layout.Runs;
            float[] sizes = Array.ConvertAll(StepsOf(piece), static s => s.Step);
            for (int first = 0; first < RowsOf(piece); first += Tile.Columns)
            {
                int rows = Math.Min(Tile.Columns, RowsOf(piece) - first);
                int offset = first;
                refit.Fit(
                    WeightsOf(piece).Slice(first * Grid.Columns, rows * Grid.Columns),
                    DecodedOf(piece).Slice(first * Grid.Columns, rows * Grid.Columns),
                    sizes.AsSpan(first * runs, rows * runs),
                    (row, run, step) => Grid.SetStep(offset + row, run, step, EncodedOf(piece)));
            }

            Grid.Decode(EncodedOf(piece), DecodedOf(piece));
        },
        cancel);
}
