namespace ModelPack.Quantize.Solving;

/// <summary>The grid of a run of weights: weight = step · level + offset, level = lowest + code.</summary>
/// <param name="Step">May be negative; 0 when all levels stand for the offset.</param>
/// <param name="Offset">The weight of level 0.</param>
/// <param name="Lowest">The level of code 0.</param>
internal readonly record struct LevelStep(float Step, float Offset, int Lowest);
