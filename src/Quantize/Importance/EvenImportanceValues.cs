namespace ModelPack.Quantize.Importance;

/// <summary>Values of an entry that is not measured yet: all columns count the same.</summary>
internal sealed class EvenImportanceValues(long count) : ImportanceValues
{
    public override long Count => count;

    public override void Read(long first, Span<float> destination) => destination.Fill(1);
}
