namespace ModelPack.Licensing;

/// <summary>A YAML file that breaks the rules of its kind; the message is <c>FILE:LINE:COLUMN: what is wrong</c>.</summary>
/// <param name="file">The file's name.</param>
/// <param name="line">From 1.</param>
/// <param name="column">From 1.</param>
/// <param name="message">What is wrong and what was expected, one line.</param>
public class LicensingFileException(string file, long line, long column, string message)
    : LicensingException($"{file}:{line}:{column}: {message}")
{
    public string File { get; } = file;

    public long Line { get; } = line;

    public long Column { get; } = column;
}
