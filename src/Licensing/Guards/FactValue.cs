using System.Globalization;

namespace ModelPack.Licensing.Guards;

/// <summary>A fact's value, as its <see cref="FactKind"/> has it.</summary>
public sealed class FactValue
{
    private FactValue(FactKind kind, decimal number, bool flag, IReadOnlyList<string> words)
    {
        Kind = kind;
        Number = number;
        Flag = flag;
        Words = words;
    }

    public FactKind Kind { get; }

    /// <summary>The value of a <see cref="FactKind.Number"/>; zero otherwise.</summary>
    public decimal Number { get; }

    /// <summary>The value of a <see cref="FactKind.Flag"/>; false otherwise.</summary>
    public bool Flag { get; }

    /// <summary>The values of words, places and text; empty otherwise.</summary>
    public IReadOnlyList<string> Words { get; }

    public static FactValue Of(bool flag) => new(FactKind.Flag, 0, flag, []);

    public static FactValue Of(decimal number) => new(FactKind.Number, number, false, []);

    /// <summary>A text that is compared as it is written.</summary>
    public static FactValue OfText(string text) => new(FactKind.Text, 0, false, [text]);

    /// <summary>Reads a value as the kind wants it.</summary>
    /// <exception cref="LicensingException">The text is no value of that kind.</exception>
    public static FactValue Parse(FactKind kind, string text) => kind switch
    {
        FactKind.Number => Of(ParseNumber(text)),
        FactKind.Flag => Of(ParseFlag(text)),
        FactKind.Words => new(kind, 0, false, Split(text, static word => word.ToLowerInvariant())),
        FactKind.Places => new(kind, 0, false, Split(text, Territory.Parse)),
        _ => OfText(text),
    };

    private static decimal ParseNumber(string text) =>
        decimal.TryParse(text.Replace("_", "", StringComparison.Ordinal), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out decimal value)
            ? value
            : throw new LicensingException($"\"{text}\" is no number of zero or more, such as 100000000 or 100_000_000");

    private static bool ParseFlag(string text) => text.ToLowerInvariant() switch
    {
        "true" or "yes" => true,
        "false" or "no" => false,
        _ => throw new LicensingException($"\"{text}\" is neither true nor false"),
    };

    private static string[] Split(string text, Func<string, string> parse)
    {
        string[] words = [.. text.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries).Select(parse)];
        return words.Length > 0 ? words : throw new LicensingException("the value is empty");
    }
}
