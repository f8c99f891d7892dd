using System.Collections.Concurrent;
using ModelPack.Models.Gguf;

namespace ModelPack.Models.Tokenizers.Encoders;

/// <summary>Turns text into the token ids of a model, and ids into text. Safe from many threads at once.</summary>
/// <remarks>
/// A folder with tokenizer.json gives the ids of Hugging Face's tokenizers; GGUF, tokenizer.model and tiktoken.model those of
/// llama.cpp. The two agree but for texts that are not in form C, where a tokenizer.json asks for it and llama.cpp does not.
/// Nothing in a folder is ever executed. Time is near linear in the text, whatever the text.
/// </remarks>
public sealed class TextEncoder
{
    private const int KeptIds = 1 << 20;

    private readonly ConcurrentBag<EncodingRun> _idle = [];
    private readonly EncoderCore _core;

    private TextEncoder(EncoderCore core) => _core = core;

    /// <summary>Number of token ids that can be spelled.</summary>
    public int Size => _core.Spellings.Count;

    /// <summary>The token that starts a text; null where the model has none.</summary>
    public int? BeginOfSequence => _core.BeginOfSequence;

    /// <summary>The token that ends a text; null where the model has none.</summary>
    public int? EndOfSequence => _core.EndOfSequence;

    /// <summary>Whether every text starts with <see cref="BeginOfSequence"/>.</summary>
    public bool AddsBeginOfSequence => _core.BeginOfSequence is { } id && _core.Before is [var first, ..] && first == id;

    /// <summary>Opens the tokenizer of a hub folder.</summary>
    /// <exception cref="InvalidCheckpointException">No tokenizer, or a broken one.</exception>
    /// <exception cref="UnsupportedModelException">A feature that is not known here; never are ids given that may be wrong.</exception>
    public static TextEncoder Open(string checkpointFolder) => new(EncoderReader.Read(checkpointFolder));

    /// <summary>Opens the tokenizer in a GGUF file's metadata; the file may be closed afterwards.</summary>
    /// <inheritdoc cref="Open(string)" path="/exception"/>
    public static TextEncoder Open(GgufFile gguf) => Of(GgufVocabulary.Read(Path.GetFileName(gguf.Files[0]), gguf.Metadata));

    /// <summary>Encodes with a vocabulary as llama.cpp does when it stands in a GGUF file.</summary>
    /// <exception cref="UnsupportedModelException">The pre-tokenizer's rules are not known here.</exception>
    public static TextEncoder Of(Vocabulary vocabulary) => new(RuntimeEncoder.Create("vocabulary", vocabulary));

    /// <summary>Turns a text into token ids.</summary>
    /// <param name="text">The text, any length; lone surrogates count as U+FFFD.</param>
    /// <param name="addSpecial">Add the tokens that the model wants around every text, such as BOS.</param>
    /// <param name="parseSpecial">
    /// Read the spelling of a control token as that token: right for rendered conversations, wrong for plain text.
    /// </param>
    /// <exception cref="InvalidCheckpointException">A pattern of the tokenizer backtracks without end on this text.</exception>
    public int[] Encode(string text, bool addSpecial, bool parseSpecial)
    {
        if (!_idle.TryTake(out EncodingRun? run))
        {
            run = new EncodingRun();
        }

        if (addSpecial)
        {
            run.Ids.AddRange(_core.Before);
        }

        _core.Encode(WellFormed(text), parseSpecial, run);
        if (addSpecial)
        {
            run.Ids.AddRange(_core.After);
        }

        int[] ids = [.. run.Ids];
        run.Ids.Clear();
        run.Ids.Capacity = Math.Min(run.Ids.Capacity, KeptIds);

        _idle.Add(run);
        return ids;
    }

    /// <summary>Turns ids into text; special tokens are spelled out, and broken UTF-8 becomes U+FFFD.</summary>
    /// <exception cref="ModelPackException">An id that the vocabulary does not have.</exception>
    public string Decode(ReadOnlySpan<int> ids) => _core.Spellings.Decode(ids);

    private static string WellFormed(string text)
    {
        int at = text.AsSpan().IndexOfAnyInRange('\uD800', '\uDFFF');
        if (at < 0)
        {
            return text;
        }

        char[]? mended = null;
        for (; at < text.Length; at++)
        {
            if (!char.IsSurrogate(text[at]))
            {
                continue;
            }

            if (at + 1 < text.Length && char.IsSurrogatePair(text[at], text[at + 1]))
            {
                at++;
                continue;
            }

            mended ??= text.ToCharArray();
            mended[at] = '\uFFFD';
        }

        return mended is null ? text : new string(mended);
    }
}
