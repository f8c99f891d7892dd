namespace ModelPack.Licensing.Catalog;

/// <summary>What kind of relation each is.</summary>
public static class Relations
{
    /// <summary>What is done with a result, as opposed to how it was made.</summary>
    public static bool IsAct(this Relation relation) =>
        relation is Relation.Host or Relation.Use or Relation.Redistribute;

    /// <summary>Whether the result made so holds the work itself, whatever a license says.</summary>
    public static bool KeepsWork(this Relation relation) =>
        relation is Relation.Convert or Relation.Quantize or Relation.Finetune or Relation.Merge or Relation.Aggregate;
}
