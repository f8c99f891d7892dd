using ModelPack.Models;
using ModelPack.Models.Onnx.Export;
using ModelPack.Quantize.Blocks;
using ModelPack.Quantize.Onnx.Encoders;
using ModelPack.Quantize.Streaming;

namespace ModelPack.Quantize.Solving;

/// <summary>
/// What rows of one length can be stored as. Scales are chosen first, from the weights as they are; then every column has a fixed grid of
/// levels, on which codes are chosen with the rest of the row in mind.
/// </summary>
public abstract class RowGrid
{
    private static readonly (QuantType Type, Func<int, RowGrid> Create)[] Types =
    [
        (QuantType.Q8_0, Of<Q8_0Block>(QuantType.Q8_0)),
        (QuantType.Q6_K, Of<Q6_KBlock>(QuantType.Q6_K)),
        (QuantType.Q5_1, Of<Q5_1Block>(QuantType.Q5_1)),
        (QuantType.Q5_0, Of<Q5_0Block>(QuantType.Q5_0)),
        (QuantType.Q5_K, Of<Q5_KBlock>(QuantType.Q5_K)),
        (QuantType.Q4_1, Of<Q4_1Block>(QuantType.Q4_1)),
        (QuantType.Q4_0, Of<Q4_0Block>(QuantType.Q4_0)),
        (QuantType.Q4_K, Of<Q4_KBlock>(QuantType.Q4_K)),
        (QuantType.Q2_K, Of<Q2_KBlock>(QuantType.Q2_K)),
    ];

    private protected RowGrid(string name, int columns, LevelLayout layout, int valueBytes, int scaleBytes = 0, int zeroBytes = 0) =>
        (Name, Columns, Layout, ValueBytes, ScaleBytes, ZeroBytes) = (name, columns, layout, valueBytes, scaleBytes, zeroBytes);

    /// <summary>"q4_k", "int4 g128 sym".</summary>
    public string Name { get; }

    /// <summary>Length of a row.</summary>
    public int Columns { get; }

    /// <summary>Bytes of codes a row; of whole blocks where scales are stored among codes.</summary>
    public int ValueBytes { get; }

    /// <summary>Bytes of scales a row that are stored apart.</summary>
    public int ScaleBytes { get; }

    /// <summary>Bytes of zero points a row.</summary>
    public int ZeroBytes { get; }

    /// <summary>How a row's levels share steps.</summary>
    internal LevelLayout Layout { get; }

    /// <summary>Whether each step is stored as a number of its own, so that <see cref="SetStep"/> can replace it.</summary>
    internal virtual bool HasFreeSteps => false;

    /// <summary>Whether codes of a type can be chosen one by one.</summary>
    public static bool Supports(QuantType type) => Types.Any(t => t.Type == type);

    /// <summary>Rows of a GGUF type.</summary>
    /// <exception cref="ModelPackException">The type has no levels on a fixed grid, or rows are no whole blocks.</exception>
    public static RowGrid For(QuantType type, int columns)
    {
        ArgumentNullException.ThrowIfNull(type);
        Func<int, RowGrid> create = Types.FirstOrDefault(t => t.Type == type).Create
            ?? throw SolvingFaults.NoGrid(type, Types.Select(static t => t.Type));
        return columns > 0 && columns % type.Storage.BlockWeights == 0 ? create(columns) : throw SolvingFaults.BrokenBlock(type, columns);
    }

    /// <summary>Rows of an ONNX weight.</summary>
    /// <param name="format">Bits, block, zero points, type of the scales.</param>
    /// <param name="columns">Length of a row.</param>
    /// <param name="rowBytes">Bytes of codes a row, where an operator wants more than the weights need; 0 for no padding.</param>
    /// <exception cref="ArgumentException">No such format exists.</exception>
    public static RowGrid For(OnnxWeightFormat.Blocks format, int columns, int rowBytes = 0)
    {
        ArgumentNullException.ThrowIfNull(format);
        return new BlocksRowGrid(new BlockGrid(format, columns, rowBytes), format);
    }

    public override string ToString() => Name;

    /// <summary>Chooses scales, and the nearest codes.</summary>
    /// <param name="weights">Whole rows, finite.</param>
    /// <param name="importance">One non-negative weight a column; empty for none.</param>
    /// <param name="output">Filled completely, with the bytes that a file gets without a Hessian.</param>
    internal abstract void Encode(ReadOnlySpan<float> weights, ReadOnlySpan<float> importance, EncodedRows output);

    /// <summary>Reads the grids of rows.</summary>
    /// <param name="rows">Whole rows, encoded.</param>
    /// <param name="steps">Filled: run after run, row after row.</param>
    internal abstract void ReadGrid(EncodedRows rows, Span<LevelStep> steps);

    /// <summary>Replaces all codes and keeps the scales.</summary>
    /// <param name="codes">One a weight: 0 is the lowest level.</param>
    /// <param name="rows">Whole rows, encoded.</param>
    internal abstract void SetCodes(ReadOnlySpan<byte> codes, EncodedRows rows);

    /// <summary>Replaces a step and keeps the codes.</summary>
    /// <param name="row">Row.</param>
    /// <param name="run">Run of the row.</param>
    /// <param name="step">Finite.</param>
    /// <param name="rows">Whole rows, encoded.</param>
    /// <returns>The step that a reader sees.</returns>
    internal virtual float SetStep(int row, int run, float step, EncodedRows rows) => throw new NotSupportedException(Name);

    /// <summary>The weights that a reader sees.</summary>
    internal abstract void Decode(EncodedRows rows, Span<float> weights);

    private static Func<int, RowGrid> Of<TBlock>(QuantType type)
        where TBlock : unmanaged, ILevelBlock<TBlock> =>
        columns => new LevelRowGrid<TBlock>(type.Storage, columns);
}
