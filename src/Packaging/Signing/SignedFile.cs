namespace ModelPack.Packaging.Signing;

/// <summary>A file and its hash.</summary>
/// <param name="Name">Path relative to the signed folder, with '/'.</param>
/// <param name="Sha256">64 lower-case hexadecimal digits.</param>
public sealed record SignedFile(string Name, string Sha256);
