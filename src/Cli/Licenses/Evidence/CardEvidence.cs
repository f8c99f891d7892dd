using ModelPack.Licensing.Catalog;
using ModelPack.Models.Cards;

namespace ModelPack.Cli.Licenses.Evidence;

/// <summary>The model card: license tags, base models and how they were used, datasets.</summary>
internal static class CardEvidence
{
    public static void Read(string folder, SubjectEvidence evidence)
    {
        if (ModelCardReader.ReadFolder(folder) is not { } card)
        {
            return;
        }

        evidence.Name(card.Name);
        evidence.Declare(
            ModelCardReader.FileName,
            card.Licenses.Count == 0 ? null : string.Join(" AND ", card.Licenses),
            card.LicenseName,
            card.LicenseLink);
        IReadOnlyList<CardReference> bases = card.BaseModels ?? [];
        Relation relation = card.BaseModelRelation?.ToLowerInvariant() switch
        {
            "adapter" => Relation.Adapter,
            "merge" => Relation.Merge,
            "quantized" => Relation.Quantize,
            "finetune" => Relation.Finetune,
            _ when bases.Count > 1 => Relation.Merge,
            _ when File.Exists(Path.Combine(folder, "adapter_config.json")) => Relation.Adapter,

            // As the hub infers it.
            _ when evidence.Quantized => Relation.Quantize,
            _ => Relation.Finetune,
        };
        foreach (CardReference reference in bases)
        {
            evidence.Parent(LineageName.Of(reference), relation, $"{ModelCardReader.FileName} base_model");
        }

        foreach (CardReference reference in card.Datasets ?? [])
        {
            evidence.Parent(LineageName.Of(reference), Relation.Dataset, $"{ModelCardReader.FileName} datasets");
        }
    }
}
