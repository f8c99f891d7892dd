using System.Globalization;

namespace ModelPack.Benchmarks.SideBySide;

/// <summary>One line a contender: medians, input rate, and the ratio of wall times to the first of its group.</summary>
/// <param name="output">Where lines go.</param>
internal sealed class ComparisonTable(TextWriter output)
{
    public void WriteHeader() =>
        output.WriteLine($"{"type",-8} {"program",-18} {"input",-7} {"wall s",8} {"CPU s",8} {"MB/s in",8} {"peak MiB",9} {"faster",7}  output");

    /// <param name="type">Preset.</param>
    /// <param name="contender">Whose line it is.</param>
    /// <param name="first">The one it is compared with.</param>
    /// <param name="inputBytes">Bytes of weights read.</param>
    /// <param name="verdict">Last column.</param>
    public void Write(string type, Contender contender, Contender first, long inputBytes, string verdict)
    {
        Measurement median = contender.Median;
        output.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{type,-8} {contender.Program,-18} {contender.Input,-7} {median.Wall,8:f2} {median.Processor,8:f2} {inputBytes / median.Wall / 1e6,8:f0} {median.PeakBytes / 1048576.0,9:f0} {first.Median.Wall / median.Wall,6:f1}x  {verdict}"));
    }
}
