namespace ModelPack.Licensing.Identity;

/// <summary>A stretch of a text that one reference explains best.</summary>
/// <param name="Reference">Number of the reference in the index.</param>
/// <param name="Start">First position.</param>
/// <param name="End">Position after the last.</param>
/// <param name="Hits">Positions in it whose run the reference has.</param>
/// <param name="Found">Different runs of the reference that are in it.</param>
/// <param name="Gain">How much it explains: runs found, less a part of what is missing and of what is foreign.</param>
internal sealed record LicenseRegion(int Reference, int Start, int End, int Hits, int Found, double Gain)
{
    /// <summary>Other references that explain the stretch as well.</summary>
    public IReadOnlyList<int> Rivals { get; init; } = [];

    /// <summary>Share of the stretch that is the reference's.</summary>
    public double Precision => (double)Hits / (End - Start);

    /// <summary>Share of the reference's different runs that are in the stretch.</summary>
    public double Recall(LicenseIndex index) => (double)Found / Math.Max(1, index.DistinctCount(Reference));
}
