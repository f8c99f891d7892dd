namespace ModelPack.Models.Tokenizers.Encoders;

/// <summary>What a split does with the parts that match; tokenizer.json's names.</summary>
internal enum SplitBehavior
{
    /// <summary>Every match is a piece.</summary>
    Isolated,

    /// <summary>Matches are dropped.</summary>
    Removed,

    /// <summary>A match goes to the piece before it.</summary>
    MergedWithPrevious,

    /// <summary>A match goes to the piece after it.</summary>
    MergedWithNext,

    /// <summary>Matches that touch are one piece.</summary>
    Contiguous,
}
