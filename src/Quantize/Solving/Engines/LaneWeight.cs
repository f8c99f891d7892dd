using ModelPack.Quantize.Kernels.Matrices;

namespace ModelPack.Quantize.Solving.Engines;

/// <summary>A weight of a group's member: its rows in lanes of sixteen, its columns in the order of rounding.</summary>
internal sealed unsafe class LaneWeight : IDisposable
{
    private const int Lanes = FeedbackBlock.Lanes;

    private readonly int[] _order;
    private readonly NativeFloats _originals;
    private readonly NativeFloats _steps;
    private readonly byte[] _codes;

    /// <param name="weight">The weight.</param>
    /// <param name="rows">Its stored form.</param>
    /// <param name="member">Of which member.</param>
    /// <param name="firstRow">Its place among the member's rows.</param>
    /// <param name="order">Columns in the order of rounding.</param>
    public LaneWeight(SolveWeight weight, WeightRows rows, int member, int firstRow, int[] order)
    {
        (Weight, Rows, Member, FirstRow, _order) = (weight, rows, member, firstRow, order);
        Groups = RoomOf(weight.Rows) / Lanes;
        _originals = new((long)Groups * Lanes * order.Length);
        _steps = new((long)Groups * rows.Grid.Layout.Runs * FeedbackBlock.StepFloats);
        _codes = new byte[(long)Groups * Lanes * order.Length];
        Losses = new double[Groups];
        Nearest = new double[Groups];
    }

    /// <summary>What was asked for.</summary>
    public SolveWeight Weight { get; }

    /// <summary>Its stored form.</summary>
    public WeightRows Rows { get; }

    /// <summary>Of which member.</summary>
    public int Member { get; }

    /// <summary>Place among the member's rows.</summary>
    public int FirstRow { get; }

    /// <summary>Number of groups of sixteen rows.</summary>
    public int Groups { get; }

    /// <summary>Error of each group with the codes that feedback chose.</summary>
    public double[] Losses { get; }

    /// <summary>Error of each group with the nearest codes, as far as it was added up.</summary>
    public double[] Nearest { get; }

    /// <summary>Whether the nearest codes have the lower error, and stay.</summary>
    public bool KeepsRounding { get; set; }

    /// <summary>Rows with those that fill the last lanes.</summary>
    public static int RoomOf(int rows) => (rows + Lanes - 1) / Lanes * Lanes;

    /// <summary>The weights of a group, from a column on: [columns][16].</summary>
    public float* Originals(int group, int column) => _originals.Pointer + ((((long)group * _order.Length) + column) * Lanes);

    /// <summary>The grids of a group: [runs][4][16].</summary>
    public float* Steps(int group) => _steps.Pointer + ((long)group * Rows.Grid.Layout.Runs * FeedbackBlock.StepFloats);

    /// <summary>The codes of a group, from a column on: [columns][16].</summary>
    public Span<byte> Codes(int group, int column, int count) =>
        _codes.AsSpan(((group * _order.Length) + column) * Lanes, count * Lanes);

    /// <summary>Encodes a piece of the rows with the nearest codes, and spreads it over lanes.</summary>
    public void Prepare(int piece)
    {
        Rows.Encode(piece);
        int runs = Rows.Grid.Layout.Runs;
        LevelStep[] steps = Rows.StepsOf(piece);
        int firstGroup = piece * WeightRows.PieceRows / Lanes;
        int room = RoomOf(Rows.RowsOf(piece));
        new Span<float>(Steps(firstGroup), room * runs * 4).Clear();
        for (int i = 0; i < steps.Length; i++)
        {
            float* at = Steps(firstGroup + (i / runs / Lanes));
            FeedbackBlock.SetGrid(at, i / runs % Lanes, i % runs, steps[i].Step, steps[i].Offset, steps[i].Lowest);
        }

        for (int first = 0; first < room; first += Lanes)
        {
            Gather(Rows.WeightsOf(piece), first, 0, _order.Length, Originals(firstGroup + (first / Lanes), 0));
        }
    }

    /// <summary>What stands for the weights of a group's columns now: [count][16].</summary>
    public void Decoded(int group, int first, int count, float* target)
    {
        int piece = group * Lanes / WeightRows.PieceRows;
        Gather(Rows.DecodedOf(piece), (group * Lanes) - (piece * WeightRows.PieceRows), first, count, target);
    }

    /// <summary>The errors of a group's columns with the codes that were chosen: [count][16].</summary>
    public void ErrorsOf(int group, int first, int count, float* target)
    {
        float* originals = Originals(group, first);
        ReadOnlySpan<byte> codes = Codes(group, first, count);
        float* steps = Steps(group);
        int run = Rows.Grid.Layout.Run;
        for (int j = 0; j < count; j++)
        {
            float* grid = steps + (_order[first + j] / run * (long)FeedbackBlock.StepFloats);
            for (int i = 0; i < Lanes; i++)
            {
                float level = grid[(3 * Lanes) + i] + codes[(j * Lanes) + i];
                target[(j * Lanes) + i] = originals[(j * Lanes) + i] - ((grid[i] * level) + grid[Lanes + i]);
            }
        }
    }

    /// <summary>Stores the codes of a piece, and decodes them.</summary>
    public void Store(int piece)
    {
        int columns = _order.Length;
        byte[] codes = new byte[Rows.RowsOf(piece) * columns];
        for (int row = 0; row < Rows.RowsOf(piece); row++)
        {
            int all = (piece * WeightRows.PieceRows) + row;
            ReadOnlySpan<byte> lane = Codes(all / Lanes, 0, columns);
            for (int j = 0; j < columns; j++)
            {
                codes[(row * columns) + _order[j]] = lane[(j * Lanes) + (all % Lanes)];
            }
        }

        Rows.Store(piece, codes);
    }

    public void Dispose()
    {
        _originals.Dispose();
        _steps.Dispose();
    }

    // Lanes without a row are zero.
    private void Gather(ReadOnlySpan<float> rows, int firstRow, int first, int count, float* target)
    {
        int columns = _order.Length;
        for (int lane = 0; lane < Lanes; lane++)
        {
            ReadOnlySpan<float> row = (firstRow + lane) * columns < rows.Length ? rows.Slice((firstRow + lane) * columns, columns) : [];
            for (int j = 0; j < count; j++)
            {
                target[(j * Lanes) + lane] = row.IsEmpty ? 0 : row[_order[first + j]];
            }
        }
    }
}
