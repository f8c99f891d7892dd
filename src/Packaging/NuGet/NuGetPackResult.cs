namespace ModelPack.Packaging.NuGet;

/// <summary>What was packed.</summary>
/// <param name="Model">The model's package.</param>
/// <param name="Record">What it says of parts and files.</param>
public sealed record NuGetPackResult(NuGetPartRecord Model, NuGetManifest Record);
