namespace ModelPack.Benchmarks.SideBySide;

/// <summary>One program on one input.</summary>
/// <param name="Program">Its name in the table.</param>
/// <param name="Input">"gguf" or "folder".</param>
/// <param name="Measure">Runs it once; takes the path of the output.</param>
internal sealed record Contender(string Program, string Input, Func<string, Measurement> Measure)
{
    /// <summary>All runs so far.</summary>
    public List<Measurement> Runs { get; } = [];

    public Measurement Median => Measurement.Median(Runs);
}
