using System.Globalization;
using ModelPack.Models;

namespace ModelPack.Cli;

/// <summary>Sizes as users write and read them: "512MiB", "16GB", "1.5 GiB".</summary>
internal static class ByteSize
{
    private static readonly (string Suffix, long Factor)[] Units =
    [
        ("KiB", 1L << 10),
        ("MiB", 1L << 20),
        ("GiB", 1L << 30),
        ("TiB", 1L << 40),
        ("KB", 1_000),
        ("MB", 1_000_000),
        ("GB", 1_000_000_000),
        ("TB", 1_000_000_000_000),
        ("K", 1_000),
        ("M", 1_000_000),
        ("G", 1_000_000_000),
        ("T", 1_000_000_000_000),
        ("B", 1),
        ("", 1),
    ];

    /// <summary>Reads a size; "K", "M", "G" are powers of 1000 as in llama.cpp, "KiB" … powers of 1024.</summary>
    /// <exception cref="ModelPackException">The text is no positive size below 8 EiB.</exception>
    public static long Parse(string text)
    {
        string trimmed = text.Trim();
        (string suffix, long factor) = Units.First(u => trimmed.EndsWith(u.Suffix, StringComparison.OrdinalIgnoreCase));
        string number = trimmed[..^suffix.Length].TrimEnd();
        return decimal.TryParse(number, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out decimal value)
            && value > 0 && value < long.MaxValue / (decimal)factor && value * factor >= 1
            ? (long)(value * factor)
            : throw new ModelPackException($"'{text}' is no size; write for example 512MiB, 16GiB or 16GB");
    }

    /// <summary>Writes a size with three significant digits, in powers of 1024.</summary>
    public static string Format(long bytes)
    {
        double value = bytes;
        string[] units = ["B", "KiB", "MiB", "GiB", "TiB"];
        int unit = 0;
        while (value >= 1000 && unit < units.Length - 1)
        {
            value /= 1024;
            unit++;
        }

        string digits = unit == 0 || value >= 100 ? "F0" : value >= 10 ? "F1" : "F2";
        return $"{value.ToString(digits, CultureInfo.InvariantCulture)} {units[unit]}";
    }
}
