namespace ModelPack.Models.Tokenizers.Encoders;

/// <summary>What the symbols of a word are before any merge.</summary>
internal enum WordSpelling
{
    /// <summary>Its bytes, which the vocabulary spells in GPT-2's alphabet.</summary>
    Bytes,

    /// <summary>Its characters, which are in that alphabet already.</summary>
    SpelledBytes,

    /// <summary>Its characters.</summary>
    Characters,
}
