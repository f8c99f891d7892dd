namespace ModelPack.Licensing.Catalog;

/// <summary>Spellings of the catalogue's and the command line's words: an enumeration's names in lower case.</summary>
public static class CatalogWords
{
    /// <summary>The words of one enumeration, in its order.</summary>
    public static IReadOnlyList<string> Of<T>()
        where T : struct, Enum => [.. Enum.GetNames<T>().Select(static name => name.ToLowerInvariant())];

    /// <summary>The word of one value.</summary>
    public static string Spelling<T>(T value)
        where T : struct, Enum => value.ToString().ToLowerInvariant();

    /// <exception cref="LicensingException">The text is none of the words.</exception>
    public static T Parse<T>(string text)
        where T : struct, Enum
    {
        int index = Array.IndexOf([.. Of<T>()], text);
        return index >= 0
            ? Enum.GetValues<T>()[index]
            : throw new LicensingException($"'{text}' is not known here; expected {string.Join(", ", Of<T>())}");
    }
}
