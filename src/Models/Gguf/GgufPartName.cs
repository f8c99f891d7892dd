using System.Globalization;
using System.Text.RegularExpressions;

namespace ModelPack.Models.Gguf;

/// <summary>Name of one file of a split model: "NAME-00002-of-00005.gguf".</summary>
/// <param name="Prefix">Path and NAME.</param>
/// <param name="Number">From 1.</param>
/// <param name="Count">Number of parts.</param>
/// <remarks>Source: llama.cpp's llama_split_path.</remarks>
internal sealed partial record GgufPartName(string Prefix, int Number, int Count)
{
    /// <summary>The end that a part's name must have.</summary>
    public string Suffix => string.Create(CultureInfo.InvariantCulture, $"-{Number:D5}-of-{Count:D5}.gguf");

    /// <summary>Reads a name; null when it is not of this form.</summary>
    public static GgufPartName? Parse(string path)
    {
        Match match = Pattern().Match(path);
        return match.Success
            ? new GgufPartName(
                match.Groups[1].Value,
                int.Parse(match.Groups[2].ValueSpan, CultureInfo.InvariantCulture),
                int.Parse(match.Groups[3].ValueSpan, CultureInfo.InvariantCulture))
            : null;
    }

    public override string ToString() => Prefix + Suffix;

    [GeneratedRegex("^(.*)-([0-9]{5})-of-([0-9]{5})\\.gguf$", RegexOptions.Singleline | RegexOptions.CultureInvariant)]
    private static partial Regex Pattern();
}
