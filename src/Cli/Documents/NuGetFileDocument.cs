namespace ModelPack.Cli.Documents;

/// <summary>One file of a model.</summary>
internal sealed record NuGetFileDocument(string Path, long Bytes, string Digest);
