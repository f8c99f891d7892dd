namespace ModelPack.Models.Tokenizers;

/// <summary>One token; its id is its place in the vocabulary.</summary>
/// <param name="Text">
/// Byte-level BPE: bytes spelled in GPT-2's alphabet ("Ġthe"), added tokens as plain text. Sentencepiece: the piece ("▁the").
/// </param>
/// <param name="Score">Sentencepiece: the higher, the earlier two pieces are joined to it. Else 0.</param>
/// <param name="Kind">What it is for.</param>
public readonly record struct VocabularyToken(string Text, float Score, TokenKind Kind);
