using ModelPack.Models.Tokenizers.Encoders;
using ModelPack.Models.Tokenizers.Texts;
using ModelPack.Quantize.Calibration;

namespace ModelPack.Cli.Runs;

/// <summary>The --data of calibrate and evaluate: a file or folder of text, as token ids of a model.</summary>
internal sealed class RunText
{
    private readonly TextEncoder _encoder;
    private readonly CalibrationText _text;
    private readonly bool _parseSpecial;

    /// <param name="path">Plain text, JSONL, or a folder of such files.</param>
    /// <param name="model">Whose tokenizer and chat template are used.</param>
    /// <param name="parseSpecial">Whether plain text may spell control tokens.</param>
    /// <exception cref="Models.ModelPackException">There is no such file, or no tokenizer.</exception>
    public RunText(string path, RunInput model, bool parseSpecial)
        : this(path, model.OpenEncoder(), model.OpenTemplate(), parseSpecial)
    {
    }

    /// <param name="path">Plain text, JSONL, or a folder of such files.</param>
    /// <param name="encoder">The model's tokenizer.</param>
    /// <param name="template">Its chat template; null where there is none.</param>
    /// <param name="parseSpecial">Whether plain text may spell control tokens.</param>
    /// <exception cref="Models.ModelPackException">There is no such file.</exception>
    public RunText(string path, TextEncoder encoder, ConversationTemplate? template, bool parseSpecial)
    {
        _text = CalibrationText.Open(path, template);
        (_encoder, _parseSpecial) = (encoder, parseSpecial);
    }

    /// <summary>Names of the files, for the record.</summary>
    public IReadOnlyList<string> Names => [.. _text.Files.Select(static f => Path.GetFileName(f)!)];

    /// <summary>Token ids, document by document.</summary>
    public IEnumerable<int[]> Tokens() => _text.Tokens(_encoder, _parseSpecial);

    /// <summary>The token that every window starts with; null for none.</summary>
    public int? First => _encoder.AddsBeginOfSequence ? _encoder.BeginOfSequence : null;

    /// <summary>Windows of the text.</summary>
    public WindowSource Windows(int context) => new(Tokens(), context, First);
}
