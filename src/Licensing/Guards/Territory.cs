namespace ModelPack.Licensing.Guards;

/// <summary>Country codes of ISO 3166-1, with the European Union as a group and <c>WORLD</c> for everywhere.</summary>
public static class Territory
{
    private const string World = "WORLD";

    private static readonly string[] EuropeanUnion =
    [
        "AT", "BE", "BG", "CY", "CZ", "DE", "DK", "EE", "ES", "FI", "FR", "GR", "HR", "HU",
        "IE", "IT", "LT", "LU", "LV", "MT", "NL", "PL", "PT", "RO", "SE", "SI", "SK",
    ];

    /// <summary>Reads a code; the common spellings UK, EL and "worldwide" are understood.</summary>
    /// <exception cref="LicensingException">The text is neither a code of two letters nor a known group.</exception>
    public static string Parse(string text) => text.ToUpperInvariant() switch
    {
        "UK" => "GB",
        "EL" => "GR",
        "WORLD" or "WORLDWIDE" => World,
        { Length: 2 } code when code.All(char.IsAsciiLetterUpper) => code,
        _ => throw new LicensingException($"\"{text}\" is no country code of two letters, EU or WORLD"),
    };

    /// <returns>Whether a place is, or includes, a part of the area.</returns>
    public static bool Touches(string place, string area) =>
        place == area || place == World || (area == "EU" && EuropeanUnion.Contains(place));
}
