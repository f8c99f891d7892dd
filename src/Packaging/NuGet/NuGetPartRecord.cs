using ModelPack.Packaging.Oci;

namespace ModelPack.Packaging.NuGet;

/// <summary>A package file: a part in a record, or what a pack wrote.</summary>
/// <param name="Identity">Its id and version.</param>
/// <param name="Bytes">Of the file.</param>
/// <param name="Digest">Of the file, as it was packed; a feed that signs packages changes it.</param>
public sealed record NuGetPartRecord(NuGetIdentity Identity, long Bytes, Digest Digest);
