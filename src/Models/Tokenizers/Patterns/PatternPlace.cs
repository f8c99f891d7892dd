namespace ModelPack.Models.Tokenizers.Patterns;

/// <summary>Places that a pattern can ask for.</summary>
internal enum PatternPlace
{
    /// <summary>\A: the start of the text.</summary>
    TextStart,

    /// <summary>\z: the end of the text.</summary>
    TextEnd,

    /// <summary>^: the start of a line, as in Oniguruma.</summary>
    LineStart,

    /// <summary>$: the end of a line, as in Oniguruma.</summary>
    LineEnd,

    /// <summary>\b: a word starts or ends.</summary>
    WordEdge,

    /// <summary>\B: no word starts or ends.</summary>
    NoWordEdge,
}
