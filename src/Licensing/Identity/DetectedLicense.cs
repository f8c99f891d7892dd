namespace ModelPack.Licensing.Identity;

/// <summary>One license text found in a file.</summary>
/// <param name="Id">
/// SPDX id or <c>LicenseRef-</c> id; <c>LicenseRef-modified-BASE</c> for a modified template, <c>NOASSERTION</c> for an unknown
/// text and <c>NONE</c> where there is no license text.
/// </param>
/// <param name="State">How far the text is the reference.</param>
/// <param name="Similarity">0…1: the harmonic mean of the shares of three-word runs that text and reference have in common.</param>
/// <param name="Evidence">What led to the answer, one sentence each, for people.</param>
/// <param name="Text">Characters of the decoded text that the finding covers.</param>
public sealed record DetectedLicense(
    string Id,
    DetectionState State,
    double Similarity,
    IReadOnlyList<string> Evidence,
    Range Text)
{
    /// <summary>Id of the reference that a modified text started from, or the closest reference of an unknown text.</summary>
    public string? BaseId { get; init; }

    /// <summary>Other ids whose reference text is the same, such as GPL-2.0-or-later beside GPL-2.0-only.</summary>
    public IReadOnlyList<string> SameText { get; init; } = [];

    /// <summary>Whether <see cref="Id"/> names a known license.</summary>
    public bool IsKnown => State is DetectionState.Exact or DetectionState.Variant;
}
