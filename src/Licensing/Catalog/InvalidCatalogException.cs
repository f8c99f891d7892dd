namespace ModelPack.Licensing.Catalog;

/// <summary>A catalogue file that breaks the rules of docs/licensing.md.</summary>
/// <param name="file">The file's name.</param>
/// <param name="line">From 1.</param>
/// <param name="column">From 1.</param>
/// <param name="message">What is wrong and what was expected, one line.</param>
public sealed class InvalidCatalogException(string file, long line, long column, string message)
    : LicensingFileException(file, line, column, message);
