namespace ModelPack.Models.Tensors.Views;

/// <summary>Weights that are computed, not stored: rope_freqs. They are held in memory.</summary>
public sealed class ConstantSource : TensorSource
{
    private readonly float[] _values;

    /// <param name="values">Copied.</param>
    public ConstantSource(ReadOnlySpan<float> values)
        : base(values.IsEmpty ? 0 : 1, values.Length)
    {
        _values = values.ToArray();
    }

    /// <inheritdoc/>
    public override DType NaturalType => DType.F32;

    /// <inheritdoc/>
    public override void Read(long firstRow, Span<float> destination)
    {
        if (RowRun.Count(this, firstRow, destination) > 0)
        {
            _values.CopyTo(destination);
        }
    }
}
