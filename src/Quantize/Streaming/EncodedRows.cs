namespace ModelPack.Quantize.Streaming;

/// <summary>The encoded bytes of some rows, range by range.</summary>
/// <param name="first">Bytes of the first range.</param>
/// <param name="second">Bytes of the second, empty when there is none.</param>
/// <param name="third">Bytes of the third, empty when there is none.</param>
internal readonly ref struct EncodedRows(Span<byte> first, Span<byte> second, Span<byte> third)
{
    /// <summary>Codes, or plain numbers.</summary>
    public Span<byte> Values { get; } = first;

    /// <summary>Scales.</summary>
    public Span<byte> Scales { get; } = second;

    /// <summary>Zero points.</summary>
    public Span<byte> Zeros { get; } = third;

    /// <summary>Some rows of a slice whose ranges lie one after the other.</summary>
    /// <param name="slice">All bytes of the slice.</param>
    /// <param name="ranges">Its ranges, at most three.</param>
    /// <param name="sliceRows">Rows of the slice.</param>
    /// <param name="firstRow">First of the rows, counted from the slice's.</param>
    /// <param name="rows">Number of rows.</param>
    public static EncodedRows Of(Span<byte> slice, IReadOnlyList<StreamedRange> ranges, int sliceRows, int firstRow, int rows)
    {
        int first = ranges[0].RowBytes;
        int second = ranges.Count > 1 ? ranges[1].RowBytes : 0;
        int third = ranges.Count > 2 ? ranges[2].RowBytes : 0;
        return new(
            slice.Slice(firstRow * first, rows * first),
            slice.Slice((sliceRows * first) + (firstRow * second), rows * second),
            slice.Slice((sliceRows * (first + second)) + (firstRow * third), rows * third));
    }

    /// <summary>Some of these rows.</summary>
    /// <param name="first">First row.</param>
    /// <param name="count">Number of rows.</param>
    /// <param name="rows">Number of rows here.</param>
    public EncodedRows Slice(int first, int count, int rows) =>
        new(Part(Values, first, count, rows), Part(Scales, first, count, rows), Part(Zeros, first, count, rows));

    private static Span<byte> Part(Span<byte> range, int first, int count, int rows) =>
        range.Slice(range.Length / rows * first, range.Length / rows * count);
}
