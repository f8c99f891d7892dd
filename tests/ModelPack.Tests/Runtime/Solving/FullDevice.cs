using ModelPack.Quantize.Solving.Engines;

namespace ModelPack.Tests.Runtime.Solving;

/// <summary>An engine whose device has room for only so many members.</summary>
/// <param name="engine">Does the work.</param>
/// <param name="bytes">What it says that groups may take.</param>
/// <param name="most">Members that a group can be opened with.</param>
internal sealed class FullDevice(IMatrixEngine engine, long bytes, int most) : IMatrixEngine
{
    /// <summary>Members of all groups that were opened.</summary>
    public int Opened { get; private set; }

    /// <summary>Happens when a group is opened.</summary>
    public Action? Opening { get; init; }

    /// <summary>Members that a product has memory for.</summary>
    public int MostInProducts { get; init; } = int.MaxValue;

    public string Name => engine.Name;

    public long MemoryBytes => bytes;

    public long PieceBytes => engine.PieceBytes;

    public IGramMatrix CreateGram(int columns) => engine.CreateGram(columns);

    public IHessianGroup Open(int columns, int members, int rows)
    {
        if (members > most)
        {
            throw new InsufficientMemoryException();
        }

        Opening?.Invoke();
        Opened += members;
        return new FullGroup(engine.Open(columns, members, rows), members > MostInProducts);
    }

    public void Dispose()
    {
    }

    private sealed class FullGroup(IHessianGroup group, bool full) : IHessianGroup
    {
        public Span<float> Values => group.Values;

        public Span<float> Errors => group.Errors;

        public Span<float> Corners => group.Corners;

        public void SetHessian(int member, IGramMatrix own, float ownShare, IGramMatrix? prior, float priorShare, ReadOnlySpan<int> order) =>
            group.SetHessian(member, own, ownShare, prior, priorShare, order);

        public void ReadCorners(int block) => group.ReadCorners(block);

        public void Reduce(int block) => group.Reduce(block);

        public void Solve(int block) => group.Solve(block);

        public void Feed(int block)
        {
            if (full)
            {
                throw new InsufficientMemoryException();
            }

            group.Feed(block);
        }

        public void Pull(int block) => group.Pull(block);

        public void SetErrors(int block) => group.SetErrors(block);

        public void Dispose() => group.Dispose();
    }
}
