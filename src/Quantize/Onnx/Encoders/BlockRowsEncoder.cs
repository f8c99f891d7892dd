namespace ModelPack.Quantize.Onnx.Encoders;

/// <summary>A kernel: encodes whole rows. A delegate of its own because spans are no type arguments.</summary>
/// <param name="weights">Rows of <see cref="BlockGrid.Columns"/> finite weights, one after the other.</param>
/// <param name="grid">How they are cut.</param>
/// <param name="importance">One non-negative weight a column, shared by all rows, or empty for none: round to nearest.</param>
/// <param name="values">Filled completely.</param>
/// <param name="scales">Filled completely, little endian.</param>
/// <param name="zeros">Filled completely; empty for a symmetric grid.</param>
internal delegate void BlockRowsEncoder(
    ReadOnlySpan<float> weights,
    BlockGrid grid,
    ReadOnlySpan<float> importance,
    Span<byte> values,
    Span<byte> scales,
    Span<byte> zeros);
