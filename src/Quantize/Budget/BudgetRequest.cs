using ModelPack.Models;

namespace ModelPack.Quantize.Budget;

/// <summary>How large an output may be; one of the two.</summary>
/// <param name="Bytes">Most bytes of the whole output.</param>
/// <param name="BitsPerWeight">Most bits a weight on average, headers not counted.</param>
public sealed record BudgetRequest(long? Bytes, double? BitsPerWeight)
{
    /// <summary>Most bytes of all items.</summary>
    /// <param name="outputBytes">Bytes of a planned output.</param>
    /// <param name="tensorBytes">Bytes of its tensors, a part of those.</param>
    /// <param name="itemBytes">Bytes of the items in it, a part of those.</param>
    /// <param name="weights">Number of weights.</param>
    internal long ForItems(long outputBytes, long tensorBytes, long itemBytes, long weights) => Bytes is { } bytes
        ? bytes - (outputBytes - itemBytes)
        : (long)(BitsPerWeight!.Value * weights / 8) - (tensorBytes - itemBytes);

    /// <summary>Bytes by which an output is too large, at least 1.</summary>
    internal long Over(long outputBytes, double bitsPerWeight, long weights) => Math.Max(1, Bytes is { } bytes
        ? outputBytes - bytes
        : (long)Math.Ceiling((bitsPerWeight - BitsPerWeight!.Value) * weights / 8));

    /// <summary>How much of the request an output takes: above 1 is too much.</summary>
    internal double Share(long outputBytes, double bitsPerWeight) =>
        Bytes is { } bytes ? (double)outputBytes / bytes : bitsPerWeight / BitsPerWeight!.Value;

    /// <summary>The error for a request that cannot be met.</summary>
    internal ModelPackException TooSmall(long outputBytes, double bitsPerWeight) => new(Bytes is { } bytes
        ? $"--budget {bytes} bytes: the smallest output that the types allow has {outputBytes} bytes"
        : FormattableString.Invariant($"--bits-per-weight {BitsPerWeight}: the smallest output that the types allow has {bitsPerWeight:F3}"));
}
