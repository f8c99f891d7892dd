namespace ModelPack.Cli.Documents;

/// <summary>Something that was signed.</summary>
/// <param name="Digest">Digest of a package's manifest or index; absent for files.</param>
/// <param name="Files">Number of files; 0 where the key had signed the same before.</param>
internal sealed record SignedDocument(string? Digest, int Files);
