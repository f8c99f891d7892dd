using ModelPack.Quantize.Solving;

namespace ModelPack.Quantize.Calibrated;

/// <summary>A weight of several matrices, one below the other, that are solved one by one.</summary>
internal static class SolvedMatrices
{
    /// <summary>One of the matrices.</summary>
    public static SolveWeight Cut(SolveWeight weight, int matrix, int matrices)
    {
        int rows = weight.Rows / matrices;
        int length = rows * weight.Grid.Columns;
        return matrices == 1 ? weight : weight with { Rows = rows, Values = weight.Values.Slice(matrix * length, length) };
    }

    /// <summary>The whole: the rows of all, their errors together, and the worst of what happened to one.</summary>
    public static SolvedWeight Join(IReadOnlyList<SolvedWeight> matrices)
    {
        if (matrices.Count == 1)
        {
            return matrices[0];
        }

        // Rounding that is better is no failure: what most have had is said of all.
        SolvedWeight typical = matrices.FirstOrDefault(static m => m.FellBack)
            ?? matrices.GroupBy(static m => m.Fallback).MaxBy(static g => g.Count())!.First();
        return typical with
        {
            Values = [.. matrices.SelectMany(static m => m.Values)],
            Scales = [.. matrices.SelectMany(static m => m.Scales)],
            Zeros = [.. matrices.SelectMany(static m => m.Zeros)],
            Decoded = [.. matrices.SelectMany(static m => m.Decoded)],
            Error = matrices.Sum(static m => m.Error),
            OutputPower = matrices.Sum(static m => m.OutputPower),
        };
    }
}
