using ModelPack.Quantize.Importance;

namespace ModelPack.Tests.Support;

/// <summary>Reads importance for tests, which have the memory.</summary>
internal static class ImportanceReads
{
    /// <summary>All values.</summary>
    public static float[] All(this ImportanceValues values) => values.Some(0, checked((int)values.Count));

    /// <summary>Values from a place on.</summary>
    public static float[] Some(this ImportanceValues values, long first, int count)
    {
        float[] read = new float[count];
        values.Read(first, read);
        return read;
    }
}
