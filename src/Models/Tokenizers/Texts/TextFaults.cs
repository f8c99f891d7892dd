namespace ModelPack.Models.Tokenizers.Texts;

/// <summary>What can be wrong with text for calibration.</summary>
internal static class TextFaults
{
    public static ModelPackException NoFile(string path) =>
        new($"{path}: no such file or folder; text, JSON lines, or a folder of those was expected");

    public static ModelPackException NoFiles(string folder) => new($"{folder}: no files in this folder; text or JSON lines were expected");

    public static ModelPackException Unreadable(string path, Exception cause) => new($"{path}: cannot be read: {cause.Message}", cause);

    public static ModelPackException Empty(string path) => new($"{path}: no text in it");

    public static ModelPackException TooLong(string path, long bytes, long limit) =>
        new($"{path}: {bytes} bytes of plain text; at most {limit} are read as one text: split it, or use JSON lines");

    public static ModelPackException LineTooLong(string place, long limit) => new($"{place}: longer than {limit} bytes");

    public static ModelPackException BadUtf8(string place, long offset) =>
        new($"{place}: byte {offset}: not valid UTF-8, the encoding that was expected");

    public static ModelPackException BadJson(string place, string problem) => new($"{place}: no valid JSON: {problem}");

    public static ModelPackException NoText(string place, string found) =>
        new($"{place}: an object with {found}; expected \"text\", \"messages\", or \"prompt\" and \"completion\"");

    public static ModelPackException NotText(string place, string member, string found) =>
        new($"{place}: {member}: {found} where a text was expected");

    public static ModelPackException NoTemplate(string place) =>
        new($"{place}: \"messages\" need the model's chat template, and there is none; give the lines as \"text\"");
}
