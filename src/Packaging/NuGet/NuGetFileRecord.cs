using ModelPack.Packaging.Oci;

namespace ModelPack.Packaging.NuGet;

/// <summary>A file of a model in its package's record.</summary>
/// <param name="Path">Path below the model's folder, with '/'.</param>
/// <param name="Bytes">Its length.</param>
/// <param name="Digest">Of all its bytes.</param>
/// <param name="Slices">The entries of parts that make it, in order.</param>
public sealed record NuGetFileRecord(string Path, long Bytes, Digest Digest, IReadOnlyList<NuGetSliceRecord> Slices);
