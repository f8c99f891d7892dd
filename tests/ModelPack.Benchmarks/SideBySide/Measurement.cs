namespace ModelPack.Benchmarks.SideBySide;

/// <summary>What one run of a program took.</summary>
/// <param name="Wall">Seconds from start to exit.</param>
/// <param name="Processor">Seconds of CPU time, user and system.</param>
/// <param name="PeakBytes">Largest resident memory, mapped file pages included; 0 where the system does not tell.</param>
internal sealed record Measurement(double Wall, double Processor, long PeakBytes)
{
    /// <summary>The median of each column by itself.</summary>
    public static Measurement Median(IReadOnlyCollection<Measurement> runs) => new(
        Middle(runs.Select(static r => r.Wall)),
        Middle(runs.Select(static r => r.Processor)),
        (long)Middle(runs.Select(static r => (double)r.PeakBytes)));

    private static double Middle(IEnumerable<double> values)
    {
        double[] sorted = [.. values.Order()];
        return (sorted[sorted.Length / 2] + sorted[(sorted.Length - 1) / 2]) / 2;
    }
}
