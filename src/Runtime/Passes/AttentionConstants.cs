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
    private NativeBuffer? _mask;
    private (int Length, int? Window) _masked;

    public AttentionConstants(DecoderSpec spec, int positions)
    {
        (RotaryTable cosine, RotaryTable sine) = RotaryTable.Of(spec);
        _pairs = cosine.Columns;
        (_cosine, _sine) = (new((long)positions * _pairs), new((long)positions * _pairs));
        cosine.Read(0, _cosine.Rows(positions, _pairs).Span);
        sine.Read(0, _sine.Rows(positions, _pairs).Span);
    }

    /// <summary>Cosines, [length, pairs].</summary>
    public FloatRows Cosine(int length) => _cosine.Rows(length, _pairs);

    /// <summary>Sines, [length, pairs].</summary>
    public FloatRows Sine(int length) => _sine.Rows(length, _pairs);

    /// <summary>What is added to scores, [length, length]: 0, or −∞ for later positions and for those before a sliding window.</summary>
    public FloatRows Mask(int length, int? window)
    {
        if (_mask is null || _masked != (length, window))
        {
            _mask?.Dispose();
            _mask = new((long)length * length);
            _masked = (length, window);
            FloatRows rows = _mask.Rows(length, length);
            for (int i = 0; i < length; i++)
            {
                int first = window is { } size ? Math.Max(0, i - size + 1) : 0;
                Span<float> row = rows[i];
                row.Fill(float.NegativeInfinity);
                row[first..(i + 1)].Clear();
            }
        }

        return _mask.Rows(length, length);
    }

    public void Dispose()
    {
        _cosine.Dispose();
        _sine.Dispose();
        _mask?.Dispose();
    }
}
