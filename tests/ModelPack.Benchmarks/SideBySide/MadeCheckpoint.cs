using System.Diagnostics;
using ModelPack.Tests.Support;

namespace ModelPack.Benchmarks.SideBySide;

/// <summary>Writes the comparison's input and keeps it, for experiments by hand.</summary>
internal static class MadeCheckpoint
{
    /// <summary>FOLDER [--size 0.5GB] [--dense | --moe].</summary>
    public static int Run(string folder, string[] args)
    {
        Options options = new(args, "--size", "--dense", "--moe");
        RandomModel model = RandomModel.OfSize(options.Size("--size", "0.5GB"), options.Has("--moe"));
        long start = Stopwatch.GetTimestamp();
        RandomCheckpoint.Write(folder, model, shardBytes: QuantizeComparison.ShardBytes);
        Console.WriteLine($"{model}; {Stopwatch.GetElapsedTime(start).TotalSeconds:f1} s, {Environment.WorkingSet >> 20} MiB");
        return 0;
    }
}
