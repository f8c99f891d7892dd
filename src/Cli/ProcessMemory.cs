using System.Diagnostics;
using System.Globalization;

namespace ModelPack.Cli;

/// <summary>Memory of this process as the system accounts for it.</summary>
internal static class ProcessMemory
{
    /// <summary>Highest resident memory so far in bytes; null where the system does not tell.</summary>
    public static long? Peak()
    {
        if (OperatingSystem.IsLinux() && File.Exists("/proc/self/status"))
        {
            string? line = File.ReadLines("/proc/self/status").FirstOrDefault(static l => l.StartsWith("VmHWM:", StringComparison.Ordinal));
            return line is null ? null : long.Parse(line["VmHWM:".Length..].Replace("kB", "", StringComparison.Ordinal), CultureInfo.InvariantCulture) << 10;
        }

        using Process self = Process.GetCurrentProcess();
        return self.PeakWorkingSet64 > 0 ? self.PeakWorkingSet64 : null;
    }
}
