using ModelPack.Quantize.Weights;
using ModelPack.Runtime.Evaluation;

namespace ModelPack.Cli.Reports;

/// <summary>A model in a report.</summary>
/// <param name="Name">As the user named it.</param>
/// <param name="Bytes">Bytes of its tensors.</param>
/// <param name="BitsPerWeight">Bits a weight takes.</param>
/// <param name="Quality">How well it predicts.</param>
/// <param name="Errors">How far each matrix is from the reference's; null where that is not known.</param>
internal sealed record ReportModel(string Name, long Bytes, double BitsPerWeight, ModelQuality Quality, IReadOnlyList<WeightError>? Errors);
