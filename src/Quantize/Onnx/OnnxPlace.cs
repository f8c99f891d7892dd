using ModelPack.Models.Onnx.Export;

namespace ModelPack.Quantize.Onnx;

/// <summary>Where the bytes of an initializer go.</summary>
/// <param name="Initializer">What the graph says of it.</param>
/// <param name="File">Index of the data file.</param>
/// <param name="Offset">First byte there.</param>
public sealed record OnnxPlace(OnnxInitializer Initializer, int File, long Offset);
