namespace ModelPack.Models.Tokenizers.Encoders;

/// <summary>The part of an encoder that differs between tokenizer.json and GGUF. Immutable, safe from many threads.</summary>
internal abstract class EncoderCore
{
    /// <summary>Ids put before every text.</summary>
    public IReadOnlyList<int> Before { get; init; } = [];

    /// <summary>Ids put after every text.</summary>
    public IReadOnlyList<int> After { get; init; } = [];

    /// <summary>The token that starts a text.</summary>
    public int? BeginOfSequence { get; init; }

    /// <summary>The token that ends a text.</summary>
    public int? EndOfSequence { get; init; }

    /// <summary>How tokens are spelled.</summary>
    public required TokenSpellings Spellings { get; init; }

    /// <summary>Adds the ids of a text to a run, without those put around it.</summary>
    /// <param name="text">Well-formed UTF-16.</param>
    /// <param name="parseSpecial">Whether spellings of control tokens become those tokens.</param>
    /// <param name="run">The caller's memory.</param>
    public abstract void Encode(string text, bool parseSpecial, EncodingRun run);
}
