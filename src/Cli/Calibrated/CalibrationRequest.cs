using ModelPack.Cli.Runs;
using ModelPack.Quantize.Budget;
using ModelPack.Quantize.Calibrated;

namespace ModelPack.Cli.Calibrated;

/// <summary>What a user asks of calibration.</summary>
/// <param name="Text">File or folder; null for none.</param>
/// <param name="Methods">How codes are chosen.</param>
/// <param name="Budget">How large the output may be; null for the types of the preset.</param>
internal sealed record CalibrationRequest(string? Text, MethodRules Methods, BudgetRequest? Budget)
{
    /// <summary>What two cores do in minutes; research on quality shows little gain beyond.</summary>
    public const int DefaultTokens = 32768;

    /// <summary>As llama-imatrix.</summary>
    public const int DefaultContext = 512;

    public int Tokens { get; init; } = DefaultTokens;

    public int Context { get; init; } = DefaultContext;

    public string Device { get; init; } = "auto";

    /// <summary>Most of the weights, as a part of 1, that may fall back to rounding.</summary>
    public double MaxFallback { get; init; } = 0.01;

    /// <summary>c in the weight N / (N + c × columns) that an expert of N tokens has against its layer.</summary>
    public double Shrinkage { get; init; } = 1;

    /// <summary>The windows of the text; null where there is none.</summary>
    /// <param name="open">Opens a text for the model.</param>
    /// <exception cref="Models.ModelPackException">The text cannot be read, or is too short.</exception>
    public CalibrationWindows? ReadWindows(Func<string, RunText> open) =>
        Text is null ? null : CalibrationWindows.Of(open(Text), Tokens, Context);

    /// <summary>Whether an importance matrix is of use.</summary>
    public bool UsesImportance => Methods.UsesStatistics || Budget is not null;

    /// <summary>Whether anything must happen before the plan of plain rounding runs.</summary>
    public bool IsAsked => Text is not null || Budget is not null;
}
