namespace ModelPack.Models.Tokenizers;

/// <summary>The algorithm that turns text into tokens.</summary>
public enum VocabularyModel
{
    /// <summary>Byte-level byte pair encoding: ranks of merges. GGUF calls it "gpt2".</summary>
    Bpe,

    /// <summary>Sentencepiece's BPE: scores of pieces. GGUF calls it "llama".</summary>
    SentencePiece,
}
