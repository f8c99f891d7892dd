using System.Globalization;

namespace ModelPack.Cli.Runs;

/// <summary>Numbers of tokens as people read them.</summary>
internal static class TokenCount
{
    /// <summary>"512 tokens", "30.7k tokens", "1.25M tokens".</summary>
    public static string Format(long tokens) => tokens switch
    {
        >= 1_000_000 => string.Create(CultureInfo.InvariantCulture, $"{tokens / 1e6:F2}M tokens"),
        >= 10_000 => string.Create(CultureInfo.InvariantCulture, $"{tokens / 1e3:F1}k tokens"),
        _ => string.Create(CultureInfo.InvariantCulture, $"{tokens} tokens"),
    };
}
