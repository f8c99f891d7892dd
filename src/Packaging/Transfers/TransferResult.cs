using ModelPack.Packaging.Oci;

namespace ModelPack.Packaging.Transfers;

/// <summary>What was brought from one store to another.</summary>
/// <param name="Digest">The manifest or index.</param>
/// <param name="Tags">Tags that name it or its variants now.</param>
/// <param name="Sent">Blobs whose bytes were sent.</param>
/// <param name="Skipped">Blobs that were there.</param>
/// <param name="Mounted">Blobs that the registry took from another repository.</param>
/// <param name="SentBytes">Bytes of the blobs that were sent.</param>
/// <param name="Attached">Documents that came along because they are attached: SBOM, provenance, signatures.</param>
public sealed record TransferResult(Digest Digest, IReadOnlyList<string> Tags, int Sent, int Skipped, int Mounted, long SentBytes, int Attached);
