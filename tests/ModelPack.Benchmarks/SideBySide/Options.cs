using System.Globalization;

namespace ModelPack.Benchmarks.SideBySide;

/// <summary>"--name value" pairs and bare "--name" flags, in any order; an unknown one is refused.</summary>
internal sealed class Options
{
    private readonly Dictionary<string, string> _values = [];

    public Options(ReadOnlySpan<string> args, params ReadOnlySpan<string> known)
    {
        for (int i = 0; i < args.Length; i++)
        {
            string name = args[i];
            if (!known.Contains(name))
            {
                throw new ArgumentException($"unknown option '{name}'; expected one of {string.Join(", ", known.ToArray())}");
            }

            bool value = i + 1 < args.Length && !args[i + 1].StartsWith("--", StringComparison.Ordinal);
            _values[name] = value ? args[++i] : "";
        }
    }

    public bool Has(string name) => _values.ContainsKey(name);

    public string? Text(string name) => _values.GetValueOrDefault(name);

    public int Number(string name, int otherwise) =>
        Text(name) is { } text ? int.Parse(text, CultureInfo.InvariantCulture) : otherwise;

    /// <summary>Bytes of "512MB", "0.5GB" or "1GiB".</summary>
    public long Size(string name, string otherwise)
    {
        string text = Text(name) ?? otherwise;
        (string Suffix, double Unit)[] units = [("GiB", 1L << 30), ("MiB", 1 << 20), ("GB", 1e9), ("MB", 1e6)];
        foreach ((string suffix, double unit) in units)
        {
            if (text.EndsWith(suffix, StringComparison.OrdinalIgnoreCase)
                && double.TryParse(text[..^suffix.Length], CultureInfo.InvariantCulture, out double number))
            {
                return (long)(number * unit);
            }
        }

        throw new ArgumentException($"{name} {text}: a size like 512MB or 0.5GB is expected");
    }
}
