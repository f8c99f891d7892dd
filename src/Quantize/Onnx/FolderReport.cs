namespace ModelPack.Quantize.Onnx;

/// <summary>What checking a folder found.</summary>
/// <param name="Folder">The folder, absolute.</param>
/// <param name="Files">Number of files in it.</param>
/// <param name="Bytes">Their size.</param>
/// <param name="Hashed">Bytes whose hash was compared.</param>
/// <param name="Findings">What is wrong, in the order in which it was found; empty for a sound folder.</param>
public sealed record FolderReport(string Folder, int Files, long Bytes, long Hashed, IReadOnlyList<FolderFinding> Findings);
