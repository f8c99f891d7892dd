namespace ModelPack.Benchmarks.SideBySide;

/// <summary>How long the tool takes to say anything: the median of twenty "--help".</summary>
internal static class Startup
{
    private const int Runs = 20;

    public static int Run(string[] args)
    {
        ModelPackProgram program = ModelPackProgram.Find(new Options(args, "--cli").Text("--cli"));
        program.Help();
        Measurement median = Measurement.Median([.. Enumerable.Range(0, Runs).Select(_ => program.Help())]);
        Console.WriteLine($"modelpack --help: {median.Wall * 1000:f0} ms, {median.Processor * 1000:f0} ms of CPU, {median.PeakBytes / 1048576.0:f0} MiB (median of {Runs})");
        return 0;
    }
}
