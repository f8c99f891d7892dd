namespace ModelPack.Models.Tokenizers;

/// <summary>What a token is for; the numbers are GGUF's (and sentencepiece's).</summary>
public enum TokenKind
{
    /// <summary>A piece of text.</summary>
    Normal = 1,

    /// <summary>Stands for what the vocabulary cannot spell.</summary>
    Unknown = 2,

    /// <summary>A marker such as the end of a text; never spelled by user text.</summary>
    Control = 3,

    /// <summary>Added by hand; found in user text before any other splitting.</summary>
    UserDefined = 4,

    /// <summary>Padding: the embedding has a row for it, the tokenizer has no text.</summary>
    Unused = 5,

    /// <summary>One raw byte, "&lt;0x0A&gt;" (sentencepiece only).</summary>
    Byte = 6,
}
