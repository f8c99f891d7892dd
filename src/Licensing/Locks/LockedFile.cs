using ModelPack.Licensing.Identity;

namespace ModelPack.Licensing.Locks;

/// <summary>A license file of a lock.</summary>
/// <param name="Path">Within the artifact, with <c>/</c> between folders.</param>
/// <param name="Sha256">Of the file's bytes, 64 hexadecimal digits in lower case.</param>
/// <param name="Id">The licenses found in it: an id, or several joined by AND.</param>
/// <param name="State">How close the text is to the reference; the worst where there are several.</param>
public sealed record LockedFile(string Path, string Sha256, string Id, DetectionState State);
