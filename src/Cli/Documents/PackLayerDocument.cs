namespace ModelPack.Cli.Documents;

/// <summary>One file of a package.</summary>
internal sealed record PackLayerDocument(string Path, string MediaType, string Digest, long Bytes);
