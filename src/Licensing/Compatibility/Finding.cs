using ModelPack.Licensing.Catalog;

namespace ModelPack.Licensing.Compatibility;

/// <summary>One reason for a verdict.</summary>
/// <param name="Code">One of <see cref="FindingCode"/>.</param>
/// <param name="Verdict">What follows from it alone.</param>
/// <param name="License">The license's id; of an unknown license, what was given.</param>
/// <param name="Clause">The clause's number, or null when no clause speaks.</param>
/// <param name="Text">What it says, one sentence.</param>
/// <param name="Facts">The facts that decided, or that are missing.</param>
/// <param name="Path">From the input through its relations to the result.</param>
/// <param name="Print">A statement that has to be printed word for word.</param>
public sealed record Finding(
    string Code,
    Verdict Verdict,
    string License,
    string? Clause,
    string Text,
    IReadOnlyList<string> Facts,
    IReadOnlyList<string> Path,
    string? Print = null);
