using System.Globalization;
using ModelPack.Models;

namespace ModelPack.Quantize.Solving;

/// <summary>Everything that can be wrong with what the solver is asked for.</summary>
internal static class SolvingFaults
{
    public static ModelPackException NoGrid(QuantType type, IEnumerable<QuantType> types) =>
        new($"{type}: codes cannot be chosen one by one; expected one of {string.Join(", ", types)}");

    public static ModelPackException BrokenBlock(QuantType type, int columns) =>
        new(string.Create(CultureInfo.InvariantCulture, $"{columns} columns; {type} needs a multiple of {type.Storage.BlockWeights}"));

    public static ArgumentException WrongColumns(string what, int columns, int expected) =>
        new(string.Create(CultureInfo.InvariantCulture, $"{what}: {columns} columns; the input has {expected}"));

    public static ArgumentException WrongLength(string what, long length, long expected) =>
        new(string.Create(CultureInfo.InvariantCulture, $"{what}: {length} values; expected {expected}"));

    public static ModelPackException NotFinite(string weight, long index) =>
        new(string.Create(CultureInfo.InvariantCulture, $"{weight}: value {index} is not a finite number"));
}
