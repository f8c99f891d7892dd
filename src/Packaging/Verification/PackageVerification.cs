namespace ModelPack.Packaging.Verification;

/// <summary>The result of a verification.</summary>
/// <param name="Kind">"layout", "package", "nuget" or "reference".</param>
/// <param name="Digests">Digests of the manifests and indexes that were followed, tagged ones first; of the models' packages for NuGet.</param>
/// <param name="Files">Files that were hashed.</param>
/// <param name="Bytes">Their bytes.</param>
/// <param name="Findings">Empty when all is as the manifests say.</param>
public sealed record PackageVerification(string Kind, IReadOnlyList<string> Digests, int Files, long Bytes, IReadOnlyList<PackageFinding> Findings)
{
    /// <summary>Documents that are attached.</summary>
    public IReadOnlyList<VerifiedAttachment> Attachments { get; init; } = [];
}
