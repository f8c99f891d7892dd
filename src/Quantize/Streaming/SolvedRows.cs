namespace ModelPack.Quantize.Streaming;

/// <summary>Rows of a tensor that were encoded before the run, by a method that needs more than the row itself.</summary>
internal abstract class SolvedRows
{
    /// <summary>Copies the encoded bytes of some rows; safe from many threads.</summary>
    /// <param name="firstRow">First row of the output tensor.</param>
    /// <param name="rows">Number of rows.</param>
    /// <param name="output">Filled completely.</param>
    /// <exception cref="Models.ModelPackException">The file that holds them cannot be read.</exception>
    public abstract void Read(long firstRow, int rows, EncodedRows output);
}
