namespace ModelPack.Quantize.Onnx;

/// <summary>One weight that was exported.</summary>
/// <param name="Name">Name of the initializer of its values.</param>
/// <param name="Type">As <see cref="OnnxPlannedWeight.Type"/>.</param>
/// <param name="Bytes">Bytes of all its initializers.</param>
/// <param name="Method">As <see cref="OnnxPlannedWeight.Method"/>.</param>
/// <param name="RelativeError">
/// Root mean square error, relative to that of the weights; null unless it was asked for and all slices ran now.
/// </param>
public sealed record OnnxExportedWeight(string Name, string Type, long Bytes, string Method, double? RelativeError);
