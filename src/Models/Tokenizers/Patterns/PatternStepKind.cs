namespace ModelPack.Models.Tokenizers.Patterns;

/// <summary>What an instruction of a compiled pattern does.</summary>
internal enum PatternStepKind
{
    /// <summary>The end: all has matched.</summary>
    Accept,

    /// <summary>Takes one code point of a set.</summary>
    One,

    /// <summary>Takes as many code points of a set as there are, and gives back one at a time.</summary>
    Repeat,

    /// <summary>Goes on, and to the target if that fails.</summary>
    Fork,

    /// <summary>Goes to the target.</summary>
    Jump,

    /// <summary>Runs what follows up to an Accept without taking it, then goes to the target.</summary>
    Look,

    /// <summary>Runs what follows up to an Accept, never to try it differently, then goes to the target.</summary>
    Atomic,

    /// <summary>Asks for a place.</summary>
    Place,
}
