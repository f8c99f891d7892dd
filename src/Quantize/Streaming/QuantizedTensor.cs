using ModelPack.Models.Gguf;

namespace ModelPack.Quantize.Streaming;

/// <summary>One tensor that was written.</summary>
/// <param name="Name">GGUF name.</param>
/// <param name="Type">Its type.</param>
/// <param name="Bytes">Length without padding.</param>
/// <param name="RelativeError">
/// Root mean square error, relative to that of the weights; null unless it was asked for and all slices ran now.
/// </param>
/// <param name="LargestError">Largest absolute error; null as above.</param>
public sealed record QuantizedTensor(string Name, GgmlType Type, long Bytes, double? RelativeError, float? LargestError);
