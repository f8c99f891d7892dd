namespace ModelPack.Licensing.Spdx;

/// <summary>Why a text is no license expression.</summary>
/// <param name="Column">Where, from 1.</param>
/// <param name="Message">One line, without a period.</param>
public sealed record SpdxFault(int Column, string Message)
{
    public override string ToString() => $"column {Column}: {Message}";
}
