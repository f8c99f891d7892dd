using ModelPack.Licensing.Catalog;

namespace ModelPack.Licensing.Compatibility;

/// <summary>One licensed work that a result is made of.</summary>
/// <param name="Expression">An SPDX expression, an id or an alias of the catalogue.</param>
/// <param name="Relations">How the result comes from this work; null: as the question says.</param>
/// <param name="Path">Where the work stands in the lineage, for findings; null: the expression.</param>
public sealed record QuestionInput(string Expression, IReadOnlyList<Relation>? Relations = null, IReadOnlyList<string>? Path = null);
