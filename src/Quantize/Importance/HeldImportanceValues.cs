namespace ModelPack.Quantize.Importance;

/// <summary>Values in memory: those of a calibration that has just run.</summary>
internal sealed class HeldImportanceValues(float[] values) : ImportanceValues
{
    public override long Count => values.LongLength;

    public override void Read(long first, Span<float> destination) =>
        values.AsSpan(checked((int)first), destination.Length).CopyTo(destination);
}
