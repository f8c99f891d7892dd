using ModelPack.Packaging.Oci;

namespace ModelPack.Packaging.NuGet;

/// <summary>A run of a file's bytes in a package's record.</summary>
/// <param name="Part">Which part, from 1.</param>
/// <param name="Entry">Path of the entry in it.</param>
/// <param name="Bytes">Its length.</param>
/// <param name="Digest">Of its bytes.</param>
public sealed record NuGetSliceRecord(int Part, string Entry, long Bytes, Digest Digest);
