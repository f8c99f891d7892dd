namespace ModelPack.Runtime.Interop;

/// <summary>Activations that fit in memory.</summary>
internal sealed class MemoryActivations(long rows, int columns) : Activations(rows, columns)
{
    private readonly NativeBuffer _buffer = new(checked(rows * columns));

    /// <inheritdoc />
    protected override bool InPlace => true;

    /// <inheritdoc />
    public override FloatRows Open(long first, FloatRows scratch, bool read = true) =>
        _buffer.Rows(first * Columns, scratch.Count, Columns);

    /// <inheritdoc />
    public override void Keep(long first, FloatRows opened)
    {
    }

    public override void Dispose() => _buffer.Dispose();
}
