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
        return engine.Open(columns, members, rows);
    }

    public void Dispose()
    {
    }
}
