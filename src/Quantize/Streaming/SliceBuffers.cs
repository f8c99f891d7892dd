namespace ModelPack.Quantize.Streaming;

/// <summary>What a worker needs for a slice: weights of some rows, and the encoded bytes of all.</summary>
/// <remarks>Weights are decoded and encoded a piece at a time, so that they stay in the processor's cache.</remarks>
internal sealed class SliceBuffers
{
    private const int PieceWeights = 1 << 16;

    /// <summary>Decoded weights of a piece.</summary>
    public float[] Weights { get; private set; } = [];

    /// <summary>Weights decoded again from the encoded bytes, to measure the error.</summary>
    public float[] Decoded { get; private set; } = [];

    /// <summary>One weight a column; empty for a tensor without importance.</summary>
    public float[] Importance { get; private set; } = [];

    /// <summary>Encoded bytes of the slice.</summary>
    public byte[] Encoded { get; private set; } = [];

    /// <summary>Bytes that are held.</summary>
    public long Bytes => (sizeof(float) * ((long)Weights.Length + Decoded.Length + Importance.Length)) + Encoded.Length;

    /// <summary>Rows that are decoded at a time.</summary>
    public static int RowsOfPiece(IStreamedTensor tensor, int rows)
    {
        int columns = Math.Max(1, tensor.Weights.Columns);
        int piece = Math.Max(1, PieceWeights / columns);
        int granularity = tensor.Weights.RowGranularity;
        bool isWorthIt = granularity > 1 && (long)granularity * columns <= 16 * PieceWeights;
        return Math.Min(rows, isWorthIt ? Math.Max(granularity, piece / granularity * granularity) : piece);
    }

    /// <summary>Bytes that so many rows become.</summary>
    public static long EncodedBytes(IStreamedTensor tensor, int rows) => tensor.Ranges.Sum(r => (long)rows * r.RowBytes);

    /// <summary>Bytes that a slice needs.</summary>
    public static long BytesFor(IStreamedTensor tensor, int rows, bool measures)
    {
        long weights = (long)RowsOfPiece(tensor, rows) * tensor.Weights.Columns;
        long importance = tensor.Importance is null ? 0 : tensor.Weights.Columns;
        return (sizeof(float) * ((weights * (measures ? 2 : 1)) + importance)) + EncodedBytes(tensor, rows);
    }

    /// <summary>Makes the buffers large enough; they only grow.</summary>
    public void Fit(IStreamedTensor tensor, int rows, bool measures)
    {
        int weights = checked(RowsOfPiece(tensor, rows) * tensor.Weights.Columns);
        int bytes = checked((int)EncodedBytes(tensor, rows));
        Weights = Weights.Length >= weights ? Weights : GC.AllocateUninitializedArray<float>(weights);
        Encoded = Encoded.Length >= bytes ? Encoded : GC.AllocateUninitializedArray<byte>(bytes);
        int columns = tensor.Importance is null ? 0 : tensor.Weights.Columns;
        Importance = Importance.Length >= columns ? Importance : new float[columns];
        Decoded = !measures || Decoded.Length >= weights ? Decoded : GC.AllocateUninitializedArray<float>(weights);
    }
}
