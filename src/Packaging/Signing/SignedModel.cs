namespace ModelPack.Packaging.Signing;

/// <summary>What a signature says.</summary>
/// <param name="Files">The files that were signed.</param>
/// <param name="Package">The package that was signed; null for a folder or a file.</param>
public sealed record SignedModel(IReadOnlyList<SignedFile> Files, SignedPackage? Package);
