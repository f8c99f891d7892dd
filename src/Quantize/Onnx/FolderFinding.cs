namespace ModelPack.Quantize.Onnx;

/// <summary>Something wrong with an ONNX folder.</summary>
/// <param name="Code">Stable, see <see cref="FolderFindingCode"/>.</param>
/// <param name="File">Name in the folder.</param>
/// <param name="Message">What was found, and what was expected.</param>
public sealed record FolderFinding(string Code, string File, string Message);
