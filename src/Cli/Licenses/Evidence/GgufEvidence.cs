using System.Globalization;
using ModelPack.Licensing.Catalog;
using ModelPack.Models.Gguf;

namespace ModelPack.Cli.Licenses.Evidence;

/// <summary>The general.* keys of a GGUF file: license, base models, datasets.</summary>
internal static class GgufEvidence
{
    private const int MaxReferences = 256;

    public static void Read(string path, SubjectEvidence evidence)
    {
        using GgufFile file = GgufFile.Open(path);
        GgufMetadata keys = file.Metadata;
        evidence.Name(Text(keys, "general.name"));
        string source = Path.GetFileName(path);

        // The converter joins several tags of a card with commas.
        string? license = Text(keys, "general.license");
        evidence.Declare(
            source,
            license?.Contains(',', StringComparison.Ordinal) is true ? string.Join(" AND ", license.Split(',', StringSplitOptions.TrimEntries)) : license,
            Text(keys, "general.license.name"),
            Text(keys, "general.license.link"));
        int bases = Count(keys, "general.base_model.count");
        Relation relation = bases > 1 ? Relation.Merge : Relation.Finetune;
        foreach (string name in Names(keys, "general.base_model", bases))
        {
            evidence.Parent(name, relation, $"{source} general.base_model");
        }

        foreach (string name in Names(keys, "general.dataset", Count(keys, "general.dataset.count")))
        {
            evidence.Parent(name, Relation.Dataset, $"{source} general.dataset");
        }
    }

    private static IEnumerable<string> Names(GgufMetadata keys, string prefix, int count)
    {
        for (int i = 0; i < count; i++)
        {
            string key = string.Create(CultureInfo.InvariantCulture, $"{prefix}.{i}.");
            yield return LineageName.Of(
                Text(keys, key + "organization"), Text(keys, key + "name"), Text(keys, key + "repo_url") ?? Text(keys, key + "url"));
        }
    }

    private static int Count(GgufMetadata keys, string key) =>
        keys.TryGet(key, out GgufValue? value) && value.Value is uint or int or ulong or long or ushort or byte
            ? (int)Math.Clamp(value.AsInteger(), 0, MaxReferences)
            : 0;

    private static string? Text(GgufMetadata keys, string key) =>
        keys.TryGet(key, out GgufValue? value) && value.Type == GgufValueType.String ? value.AsString() : null;
}
