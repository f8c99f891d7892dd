namespace ModelPack.Quantize.Onnx;

/// <summary>A file that a manifest lists.</summary>
/// <param name="Name">Name in the folder, with '/' for subfolders.</param>
/// <param name="Bytes">Size.</param>
/// <param name="Sha256">SHA-256 in lower-case hex.</param>
public sealed record OnnxManifestFile(string Name, long Bytes, string Sha256);
