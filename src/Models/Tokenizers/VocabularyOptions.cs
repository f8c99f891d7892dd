namespace ModelPack.Models.Tokenizers;

/// <summary>What the user may say about a tokenizer.</summary>
/// <param name="PreTokenizer">One of <see cref="PreTokenizers.Names"/> instead of the one derived from the folder.</param>
public sealed record VocabularyOptions(string? PreTokenizer = null);
