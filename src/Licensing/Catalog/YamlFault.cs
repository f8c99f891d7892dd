namespace ModelPack.Licensing.Catalog;

/// <summary>Makes the exception for a fault in a YAML file; each kind of file has its own.</summary>
/// <param name="file">The file's name.</param>
/// <param name="line">From 1.</param>
/// <param name="column">From 1.</param>
/// <param name="message">What is wrong and what was expected, one line.</param>
internal delegate LicensingFileException YamlFault(string file, long line, long column, string message);
