using ModelPack.Models.Tokenizers.Encoders;

namespace ModelPack.Models.Tokenizers.Texts;

/// <summary>Text to calibrate with or to measure on: a plain file, JSON lines, or a folder of those.</summary>
/// <remarks>
/// A plain file (any name but *.jsonl and *.ndjson) is one document, whole, but for one line feed at its end: what llama-imatrix and
/// llama-perplexity make of it. Each line of JSON lines is a document of its own.
/// </remarks>
public sealed class CalibrationText
{
    private readonly ConversationTemplate? _template;

    private CalibrationText(IReadOnlyList<string> files, ConversationTemplate? template) => (Files, _template) = (files, template);

    /// <summary>Paths of the files, in the order in which they are read.</summary>
    public IReadOnlyList<string> Files { get; }

    /// <summary>Finds the files; nothing is read yet.</summary>
    /// <param name="path">A file; or a folder, whose files count in the order of their names (ordinal), hidden ones and folders in it left out.</param>
    /// <param name="template">The model's chat template, for lines with "messages".</param>
    /// <exception cref="ModelPackException">There is nothing at the path.</exception>
    public static CalibrationText Open(string path, ConversationTemplate? template = null)
    {
        if (File.Exists(path))
        {
            return new CalibrationText([path], template);
        }

        if (!Directory.Exists(path))
        {
            throw TextFaults.NoFile(path);
        }

        string[] files = [.. Directory.EnumerateFiles(path).Where(static f => !Path.GetFileName(f).StartsWith('.')).Order(StringComparer.Ordinal)];
        return files.Length > 0 ? new CalibrationText(files, template) : throw TextFaults.NoFiles(path);
    }

    /// <summary>Reads the documents one by one; memory holds one at a time.</summary>
    /// <exception cref="ModelPackException">A file cannot be read or is not UTF-8; a line is no JSON or has no text. Names file and line.</exception>
    public IEnumerable<TextDocument> Documents()
    {
        foreach (string path in Files)
        {
            bool lines = Path.GetExtension(path).ToLowerInvariant() is ".jsonl" or ".ndjson";
            foreach (TextDocument document in lines ? JsonLines.Read(path, _template) : [PlainText.Read(path)])
            {
                yield return document;
            }
        }
    }

    /// <summary>Token ids of the documents, an array each.</summary>
    /// <param name="encoder">The model's encoder.</param>
    /// <param name="parseSpecial">Whether spellings of control tokens in plain text become those tokens; in conversations they always do.</param>
    /// <inheritdoc cref="Documents" path="/exception"/>
    public IEnumerable<int[]> Tokens(TextEncoder encoder, bool parseSpecial = false)
    {
        foreach (TextDocument document in Documents())
        {
            yield return encoder.Encode(document.Text, addSpecial: !document.IsConversation, parseSpecial || document.IsConversation);
        }
    }
}
