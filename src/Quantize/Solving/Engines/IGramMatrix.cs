namespace ModelPack.Quantize.Solving.Engines;

/// <summary>XᵀX in the memory of a device: [columns, columns], both triangles.</summary>
public interface IGramMatrix : IDisposable
{
    /// <summary>Adds XᵀX.</summary>
    /// <param name="rows">Row-major [n, columns], n at least 1, finite.</param>
    void Add(ReadOnlySpan<float> rows);

    /// <summary>Replaces it.</summary>
    /// <param name="gram">[columns, columns], symmetric.</param>
    void Load(ReadOnlySpan<float> gram);

    /// <summary>Reads it.</summary>
    /// <param name="gram">[columns, columns].</param>
    void Read(Span<float> gram);

    /// <summary>a·G·aᵀ of each row a.</summary>
    /// <param name="rows">Row-major [n, columns].</param>
    /// <param name="powers">[n].</param>
    void Measure(ReadOnlySpan<float> rows, Span<float> powers);
}
