namespace ModelPack.Quantize.Streaming;

/// <summary>How far a run is; reported after every slice, never by two threads at once.</summary>
/// <param name="WeightsDone">Weights that are written, those of an earlier run included.</param>
/// <param name="WeightsTotal">All weights.</param>
/// <param name="BytesDone">Bytes of tensors that are written.</param>
/// <param name="BytesTotal">Bytes of all tensors.</param>
/// <param name="BytesResumed">Bytes of <paramref name="BytesDone"/> that an earlier run had written.</param>
/// <param name="Tensor">Tensor of the slice.</param>
public readonly record struct QuantizeProgress(
    long WeightsDone, long WeightsTotal, long BytesDone, long BytesTotal, long BytesResumed, string Tensor);
