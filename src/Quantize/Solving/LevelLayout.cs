namespace ModelPack.Quantize.Solving;

/// <summary>How the columns of a row share steps.</summary>
/// <param name="Run">Columns with one step and offset.</param>
/// <param name="Runs">Runs of a row; the last may be shorter.</param>
/// <param name="Top">The greatest code; the smallest is 0.</param>
internal readonly record struct LevelLayout(int Run, int Runs, int Top);
