using ModelPack.Licensing.Compatibility;

namespace ModelPack.Licensing.Policy;

/// <summary>A finding that no longer counts, and why.</summary>
public sealed record WaivedFinding(Finding Finding, PolicyWaiver Exception);
