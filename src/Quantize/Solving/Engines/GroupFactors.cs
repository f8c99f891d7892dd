using ModelPack.Quantize.Kernels.Matrices;

namespace ModelPack.Quantize.Solving.Engines;

/// <summary>The small parts of a group's Hessians and factors, on the host: corners and diagonals.</summary>
internal sealed unsafe class GroupFactors : IDisposable
{
    private const int Block = IHessianGroup.Block;
    private const int Stride = FeedbackFactor.CornerStride;

    private readonly IHessianGroup _group;
    private readonly TaskSetup[] _setups;
    private readonly int _columns;
    private readonly int _blocks;
    private readonly int _threads;

    // For each block and member: [128][128] of H, [128][136] of shares.
    private readonly NativeFloats _hessians;
    private readonly NativeFloats _shares;

    /// <param name="group">Does the products; its Hessians are set.</param>
    /// <param name="setups">The members.</param>
    /// <param name="threads">Number of threads.</param>
    public GroupFactors(IHessianGroup group, TaskSetup[] setups, int threads)
    {
        (_group, _setups, _threads, _columns) = (group, setups, threads, setups[0].Hessian.Columns);
        _blocks = (_columns + Block - 1) / Block;
        _hessians = new((long)_blocks * setups.Length * Block * Block);
        _shares = new((long)_blocks * setups.Length * Block * Stride);
        Orders = [.. setups.Select(static s => s.Order())];
        Pivots = [.. setups.Select(_ => new float[_columns])];
        Inverses = [.. setups.Select(_ => new float[_columns])];
        HasFactor = new bool[setups.Length];
    }

    /// <summary>Columns of each member in the order of rounding.</summary>
    public int[][] Orders { get; }

    /// <summary>How much the square of a residual counts, of each member and column.</summary>
    public float[][] Pivots { get; }

    /// <summary>1 / U's diagonal.</summary>
    public float[][] Inverses { get; }

    /// <summary>Which members have a factor.</summary>
    public bool[] HasFactor { get; }

    /// <summary>Number of blocks.</summary>
    public int Blocks => _blocks;

    /// <summary>First column and number of columns of a block.</summary>
    public (int First, int Count) Place(int block) => (block * Block, Math.Min(Block, _columns - (block * Block)));

    /// <summary>What errors of the block's columns add to later ones of it: [128][136].</summary>
    public float* Shares(int block, int member) => _shares.Pointer + ((((long)block * _setups.Length) + member) * Block * Stride);

    /// <summary>What the error of a block's column adds to the others of the block.</summary>
    public ReadOnlySpan<float> SharesOf(int block, int member, int row) => new(Shares(block, member) + (row * Stride), Place(block).Count);

    /// <summary>An element of H.</summary>
    public float Hessian(int block, int member, int row, int column) =>
        Corner(block, member)[((long)row * Place(block).Count) + column];

    /// <summary>Factors all members, each with the least damping that will do.</summary>
    public void Factor(CancellationToken cancel)
    {
        for (int block = 0; block < _blocks; block++)
        {
            _group.ReadCorners(block);
            int size = Place(block).Count * Place(block).Count;
            for (int m = 0; m < _setups.Length; m++)
            {
                _group.Corners.Slice(m * size, size).CopyTo(new(Corner(block, m), size));
            }
        }

        IEnumerator<double>[] dampings = [.. _setups.Select(static s => s.Dampings().GetEnumerator())];
        bool[] open = [.. dampings.Select(static d => d.MoveNext())];
        for (bool again = true; again;)
        {
            for (int m = 0; m < _setups.Length; m++)
            {
                HasFactor[m] = open[m];
            }

            for (int block = _blocks - 1; block >= 0; block--)
            {
                cancel.ThrowIfCancellationRequested();
                _group.Reduce(block);
                Work.For(
                    _setups.Length,
                    _threads,
                    m => HasFactor[m] = FactorCorner(block, m, HasFactor[m], _setups[m].AddedBy(dampings[m].Current)),
                    cancel);
                _group.Solve(block);
            }

            // Who has a factor gets the same again while others try with more.
            again = false;
            for (int m = 0; m < _setups.Length; m++)
            {
                if (open[m] && !HasFactor[m])
                {
                    open[m] = dampings[m].MoveNext();
                    again |= open[m];
                }
            }
        }

        for (int m = 0; m < _setups.Length; m++)
        {
            if (HasFactor[m])
            {
                _setups[m].Damping = dampings[m].Current;
            }
            else
            {
                _setups[m].GiveUp();
            }
        }
    }

    public void Dispose()
    {
        _hessians.Dispose();
        _shares.Dispose();
    }

    private float* Corner(int block, int member) => _hessians.Pointer + ((((long)block * _setups.Length) + member) * Block * Block);

    /// <summary>
    /// U·Uᵀ of what is left of a corner; backwards it is L·Lᵀ. The inverse goes where the corner was; nothing of a member without a factor.
    /// </summary>
    private bool FactorCorner(int block, int member, bool open, float damping)
    {
        (int first, int count) = Place(block);
        Span<float> corner = _group.Corners.Slice(member * count * count, count * count);
        ShrunkHessian hessian = _setups[member].Hessian;
        using NativeFloats lower = new((long)count * count);
        float* l = lower.Pointer;
        for (int i = 0; i < count; i++)
        {
            for (int j = 0; j <= i; j++)
            {
                l[(i * count) + j] = corner[((count - 1 - i) * count) + count - 1 - j];
            }

            // The diagonal is known better than from products; and damping comes to it.
            int k = count - 1 - i;
            l[(i * count) + i] += hessian.Diagonal[Orders[member][first + k]] - Hessian(block, member, k, k) + damping;
        }

        corner.Clear();
        if (!open || !Cholesky.FactorCorner(l, count, count))
        {
            return false;
        }

        float[] pivots = Pivots[member];
        float[] inverses = Inverses[member];
        float* shares = Shares(block, member);
        new Span<float>(shares, Block * Stride).Clear();
        double* column = stackalloc double[Block];
        for (int i = 0; i < count; i++)
        {
            float root = l[(i * count) + i];
            pivots[first + count - 1 - i] = root * root;
            inverses[first + count - 1 - i] = 1 / root;
        }

        for (int i = 0; i < count; i++)
        {
            for (int j = 0; j < i; j++)
            {
                shares[((count - 1 - i) * Stride) + count - 1 - j] = l[(i * count) + j] * inverses[first + count - 1 - j];
            }

            Cholesky.InvertColumn(l, count, count, i, column);
            for (int j = i; j < count; j++)
            {
                corner[((count - 1 - j) * count) + count - 1 - i] = (float)column[j];
            }
        }

        return true;
    }
}
