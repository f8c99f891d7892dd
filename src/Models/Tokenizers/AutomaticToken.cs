namespace ModelPack.Models.Tokenizers;

/// <summary>Whether the tokenizer adds a special token to every text by itself.</summary>
/// <param name="Role">Bos, Eos or Sep.</param>
/// <param name="Added">Whether it is added.</param>
public readonly record struct AutomaticToken(SpecialTokenRole Role, bool Added);
