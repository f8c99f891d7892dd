namespace ModelPack.Cli.Documents;

/// <summary>One package file.</summary>
internal sealed record NuGetPackageDocument(string Id, string File, long Bytes, string Digest);
