namespace ModelPack.Quantize.Onnx;

/// <summary>What an export wrote.</summary>
/// <param name="Folder">The folder.</param>
/// <param name="Files">Names of its files, in the order of the manifest, which is last.</param>
/// <param name="Bytes">Size of all files.</param>
/// <param name="ResumedWeights">Weights that an earlier run had written.</param>
/// <param name="Weights">In file order.</param>
public sealed record OnnxResult(
    string Folder, IReadOnlyList<string> Files, long Bytes, long ResumedWeights, IReadOnlyList<OnnxExportedWeight> Weights);
