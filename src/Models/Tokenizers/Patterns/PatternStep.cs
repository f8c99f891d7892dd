namespace ModelPack.Models.Tokenizers.Patterns;

/// <summary>One instruction of a compiled pattern.</summary>
/// <param name="Kind">What to do.</param>
/// <param name="Set">One code point of it, or for a fork: what the preferred way must start with.</param>
/// <param name="Target">Where to go: the other way of a fork, the goal of a jump, what follows a look or a group.</param>
/// <param name="Min">Fewest repetitions.</param>
/// <param name="Max">Most repetitions.</param>
/// <param name="Flag">Repeat: give nothing back. Look: must not match.</param>
/// <param name="Place">Which place is asked for.</param>
internal readonly record struct PatternStep(
    PatternStepKind Kind, RuneSet? Set = null, int Target = 0, int Min = 0, int Max = 0, bool Flag = false, PatternPlace Place = default);
