using ModelPack.Models.Architectures;
using ModelPack.Models.Onnx.Export;
using ModelPack.Runtime.Interop;

namespace ModelPack.Runtime.Passes;

/// <summary>Tables of rotations for the positions of the longest window, and masks of who sees whom.</summary>
internal sealed class AttentionConstants : IDisposable
{
    private readonly NativeBuffer _cosine;
    private readonly NativeBuffer _sine;
    private readonly int _pairs;
    private readonly int _positions;
    private NativeBuffer? _mask;
    private (int Queries, int? Window) _masked;

    public AttentionConstants(DecoderSpec spec, int positions)
    {
        (RotaryTable cosine, RotaryTable sine) = RotaryTable.Of(spec);
        (_pairs, _positions) = (cosine.Columns, positions);
        (_cosine, _sine) = (new((long)positions * _pairs), new((long)positions * _pairs));
        cosine.Read(0, _cosine.Rows(positions, _pairs).Span);
        sine.Read(0, _sine.Rows(positions, _pairs).Span);
    }

    /// <summary>Cosines, [length, pairs].</summary>
    public FloatRows Cosine(int length) => _cosine.Rows(length, _pairs);

    /// <summary>Sines, [length, pairs].</summary>
    public FloatRows Sine(int length) => _sine.Rows(length, _pairs);

    /// <summary>
    /// What is added to scores, [queries, queries + positions]: 0, or −∞ for later positions and for those before a sliding window. Row i
    /// is a query, column positions + j a key, where i and j count from the first query of a run.
    /// </summary>
    public FloatRows Mask(int queries, int? window)
    {
        if (_mask is null || _masked != (queries, window))
        {
            int columns = queries + _positions;
            _mask?.Dispose();
            _mask = new((long)queries * columns);
            _masked = (queries, window);
            FloatRows rows = _mask.Rows(queries, columns);
            for (int i = 0; i < queries; i++)
            {
                int end = _positions + i + 1;
                int first = window is { } size ? Math.Max(0, end - size) : 0;
                Span<float> row = rows[i];
                row.Fill(float.NegativeInfinity);
                row[first..end].Clear();
            }
        }

        return _mask.Rows(queries, queries + _positions);
    }

    public void Dispose()
    {
        _cosine.Dispose();
        _sine.Dispose();
        _mask?.Dispose();
    }
}
