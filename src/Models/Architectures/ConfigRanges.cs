using System.Globalization;
using ModelPack.Models.Checkpoints;

namespace ModelPack.Models.Architectures;

/// <summary>Reads numbers of a config within a range that makes sense, so that nothing is ever allocated from an absurd one.</summary>
internal static class ConfigRanges
{
    /// <summary>A count that must be there.</summary>
    /// <exception cref="InvalidCheckpointException">Absent, no whole number, or out of range.</exception>
    public static int Count(this ModelConfig config, string key, int most, int least = 1) =>
        config.CountOrNull(key, most, least) ?? throw config.Fault(key, WholeNumber(most, least));

    /// <summary>A count; null when absent.</summary>
    /// <exception cref="InvalidCheckpointException">No whole number, or out of range.</exception>
    public static int? CountOrNull(this ModelConfig config, string key, int most, int least = 1) => config.IntegerOrNull(key) switch
    {
        null => null,
        { } count when count >= least && count <= most => count,
        _ => throw config.Fault(key, WholeNumber(most, least)),
    };

    /// <summary>A number above zero; null when absent.</summary>
    /// <exception cref="InvalidCheckpointException">No such number.</exception>
    public static double? PositiveOrNull(this ModelConfig config, string key) => config.NumberOrNull(key) switch
    {
        null => null,
        > 0 and { } number => number,
        _ => throw config.Fault(key, "a number above 0"),
    };

    /// <summary>The error for a value that is sound but that nothing here can run.</summary>
    public static UnsupportedModelException Unsupported(this ModelConfig config, string key, string supported) =>
        new(config.Fault(key, supported).Message + "; other values are not supported");

    private static string WholeNumber(int most, int least) => most == int.MaxValue
        ? string.Create(CultureInfo.InvariantCulture, $"a whole number, at least {least}")
        : string.Create(CultureInfo.InvariantCulture, $"a whole number from {least} to {most}");
}
