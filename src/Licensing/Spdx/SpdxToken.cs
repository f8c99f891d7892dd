namespace ModelPack.Licensing.Spdx;

/// <summary>One token of a license expression.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="Text">As written.</param>
/// <param name="Column">Its first character, from 1.</param>
internal readonly record struct SpdxToken(SpdxTokenKind Kind, string Text, int Column);
