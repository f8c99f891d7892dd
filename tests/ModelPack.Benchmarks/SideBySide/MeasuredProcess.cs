using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;

namespace ModelPack.Benchmarks.SideBySide;

/// <summary>Runs a program to its end and measures it from outside, so that all programs are measured alike.</summary>
internal static partial class MeasuredProcess
{
    private const int ChildrenThatEnded = -1;

    /// <summary>Runs one program; nothing else may be started meanwhile.</summary>
    /// <exception cref="InvalidOperationException">It fails; the message has the end of what it said.</exception>
    public static Measurement Run(string program, params IEnumerable<string> arguments) => Read(program, arguments).Measurement;

    /// <summary>Runs one program and keeps what it prints; nothing else may be started meanwhile.</summary>
    /// <exception cref="InvalidOperationException">It fails; the message has the end of what it said.</exception>
    public static (Measurement Measurement, string Output) Read(string program, IEnumerable<string> arguments)
    {
        ProcessStartInfo start = new(program, arguments)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        double before = ProcessorSeconds();
        long clock = Stopwatch.GetTimestamp();
        using Process process = Process.Start(start)!;
        Task<string> output = process.StandardOutput.ReadToEndAsync();
        Task<string> errors = process.StandardError.ReadToEndAsync();
        long peak = 0;
        while (!process.WaitForExit(10))
        {
            // The high-water mark only grows, so the last look before the exit is the one that counts.
            peak = Math.Max(peak, PeakBytes(process.Id));
        }

        double wall = Stopwatch.GetElapsedTime(clock).TotalSeconds;
        process.WaitForExit();
        Task.WaitAll(output, errors);
        return process.ExitCode == 0
            ? (new Measurement(wall, ProcessorSeconds() - before, peak), output.Result)
            : throw new InvalidOperationException(
                $"{program} {string.Join(' ', arguments)}: exit code {process.ExitCode}\n{End(output.Result)}\n{End(errors.Result)}");
    }

    private static string End(string text) => text.Length > 2000 ? text[^2000..] : text;

    private static long PeakBytes(int process)
    {
        try
        {
            string? line = File.ReadLines($"/proc/{process}/status").FirstOrDefault(static l => l.StartsWith("VmHWM:", StringComparison.Ordinal));
            return line is null ? 0 : long.Parse(line.AsSpan(6, line.Length - 6 - 3), NumberStyles.AllowLeadingWhite, CultureInfo.InvariantCulture) * 1024;
        }
        catch (IOException)
        {
            return 0;
        }
    }

    private static double ProcessorSeconds() =>
        OperatingSystem.IsLinux() && GetUsage(ChildrenThatEnded, out Usage usage) == 0
            ? usage.UserSeconds + usage.SystemSeconds + ((usage.UserMicroseconds + usage.SystemMicroseconds) / 1e6)
            : 0;

    [LibraryImport("libc", EntryPoint = "getrusage")]
    private static partial int GetUsage(int who, out Usage usage);

    /// <summary>struct rusage of 64-bit Linux.</summary>
    [StructLayout(LayoutKind.Sequential, Size = 144)]
    private readonly struct Usage
    {
        public readonly long UserSeconds;
        public readonly long UserMicroseconds;
        public readonly long SystemSeconds;
        public readonly long SystemMicroseconds;
    }
}
