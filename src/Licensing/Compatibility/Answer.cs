using ModelPack.Licensing.Catalog;

namespace ModelPack.Licensing.Compatibility;

/// <summary>The answer to a question.</summary>
/// <param name="Verdict">The worst of the findings; allowed when there are none.</param>
/// <param name="Findings">The worst first, then as the inputs and their clauses stand.</param>
public sealed record Answer(Verdict Verdict, IReadOnlyList<Finding> Findings);
