using ModelPack.Quantize.Calibration;

namespace ModelPack.Cli.Reports;

/// <summary>All that an evaluation's report shows.</summary>
/// <param name="Texts">Names of the files of text.</param>
/// <param name="Windows">Windows of it.</param>
/// <param name="Context">Tokens of a window.</param>
/// <param name="Device">What ran it, and why.</param>
/// <param name="Reference">What the others are compared with; null for none.</param>
/// <param name="Models">The model, then its variants.</param>
/// <param name="Experts">Tokens of the text that each routed expert saw; empty where that is not known.</param>
internal sealed record ReportData(
    IReadOnlyList<string> Texts,
    int Windows,
    int Context,
    string Device,
    ReportModel? Reference,
    IReadOnlyList<ReportModel> Models,
    IReadOnlyList<ExpertTokens> Experts);
