using System.Globalization;
using System.Reflection;

namespace ModelPack.Cli;

/// <summary>What documents say of this program and of the time.</summary>
internal static class BuildInfo
{
    private const long LastSecond = 253_402_300_799;

    /// <summary>Version of this program, without build metadata.</summary>
    public static string Version { get; } =
        (typeof(BuildInfo).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "0.0.0").Split('+')[0];

    /// <summary>The one time that may go into an output: SOURCE_DATE_EPOCH (reproducible-builds.org/specs/source-date-epoch); null where it is not set.</summary>
    /// <exception cref="UsageException">It is set to something else than seconds.</exception>
    public static DateTimeOffset? SourceDate()
    {
        string? text = Environment.GetEnvironmentVariable("SOURCE_DATE_EPOCH");
        return string.IsNullOrEmpty(text) ? null
            : long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out long seconds) && seconds <= LastSecond ? DateTimeOffset.FromUnixTimeSeconds(seconds)
            : throw new UsageException($"SOURCE_DATE_EPOCH: '{text}'; expected seconds since 1970");
    }
}
