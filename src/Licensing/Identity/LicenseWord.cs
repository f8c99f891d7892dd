namespace ModelPack.Licensing.Identity;

/// <summary>One word of a normalized text.</summary>
/// <param name="Hash">32-bit hash of the lower-case word after equivalent spellings were joined.</param>
/// <param name="Start">First character in the original text.</param>
/// <param name="End">Character after the last.</param>
internal readonly record struct LicenseWord(uint Hash, int Start, int End);
