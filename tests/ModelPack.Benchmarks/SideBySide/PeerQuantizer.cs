using System.Globalization;
using ModelPack.Tests.Support;

namespace ModelPack.Benchmarks.SideBySide;

/// <summary>llama.cpp's quantizer in a process of its own: this program calls the library and does nothing else.</summary>
internal static class PeerQuantizer
{
    /// <summary>First argument of the child process.</summary>
    public const string Command = "peer-quantize";

    /// <summary>INPUT OUTPUT TYPE THREADS.</summary>
    public static int Run(string[] args)
    {
        LlamaQuantizeOptions options = new(Enum.Parse<LlamaFileType>(args[2], ignoreCase: true))
        {
            Threads = int.Parse(args[3], CultureInfo.InvariantCulture),
        };
        LlamaCpp.Quantize(args[0], args[1], options);
        return 0;
    }

    /// <summary>Starts this program again as the peer.</summary>
    public static Measurement Measure(string input, string output, string type, int threads) => MeasuredProcess.Run(
        Environment.ProcessPath!,
        [.. Self, Command, input, output, type, threads.ToString(CultureInfo.InvariantCulture)]);

    /// <summary>Under "dotnet program.dll" the host needs the program's path again.</summary>
    private static string[] Self =>
        Path.GetFileNameWithoutExtension(Environment.ProcessPath) == "dotnet" ? [typeof(PeerQuantizer).Assembly.Location] : [];
}
