namespace ModelPack.Packaging.Verification;

/// <summary>One way in which a package is not what its manifest says.</summary>
/// <param name="Code">Stable: "missing", "size", "hash" (another digest), "invalid" (not readable as what it
/// should be), "tag" (names another version), "sbom", "provenance" or "signature" (is not of this package, or not of the key).</param>
/// <param name="Path">File relative to the folder.</param>
/// <param name="Text">What is wrong, for people.</param>
public sealed record PackageFinding(string Code, string Path, string Text);
