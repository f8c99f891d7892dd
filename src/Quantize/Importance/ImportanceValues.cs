namespace ModelPack.Quantize.Importance;

/// <summary>Mean squares of an entry, read where they are needed: those of a large model's experts are a gigabyte.</summary>
/// <remarks>Safe to read from many threads at once, as long as the <see cref="ImportanceMatrix"/> is open.</remarks>
public abstract class ImportanceValues
{
    /// <summary>Number of values.</summary>
    public abstract long Count { get; }

    /// <summary>Reads values.</summary>
    /// <param name="first">Index of the first.</param>
    /// <param name="destination">Filled completely, with finite numbers that are not negative.</param>
    /// <exception cref="Models.ModelPackException">The file cannot be read, or a number in it is no mean square.</exception>
    public abstract void Read(long first, Span<float> destination);

    /// <summary>Reads everything a stretch at a time and keeps nothing: the check of a file that was just opened.</summary>
    internal void Check()
    {
        float[] stretch = new float[(int)Math.Min(Count, 1 << 16)];
        for (long first = 0; first < Count; first += stretch.Length)
        {
            Read(first, stretch.AsSpan(0, (int)Math.Min(stretch.Length, Count - first)));
        }
    }
}
