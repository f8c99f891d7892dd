using ModelPack.Licensing.Catalog;
using ModelPack.Licensing.Compatibility;

namespace ModelPack.Licensing.Policy;

/// <summary>What a policy made of the findings about a component.</summary>
/// <param name="Verdict">The worst of the findings that count.</param>
/// <param name="Findings">The findings that count, the policy's own (MPL5xx) included; the worst first.</param>
/// <param name="Waived">The findings that an exception lifted; to be shown, with its reason.</param>
public sealed record PolicyDecision(Verdict Verdict, IReadOnlyList<Finding> Findings, IReadOnlyList<WaivedFinding> Waived);
