using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using ModelPack.Models.Cards;
using ModelPack.Models.Checkpoints;
using ModelPack.Models.Gguf;

namespace ModelPack.Models.Conversion;

/// <summary>The general.* keys: sampling, name, license and lineage, from the card, the generation config and the names.</summary>
/// <remarks>
/// Order, types and precedence of llama.cpp's converter (gguf-py, metadata.py, set_gguf_meta_model), which leaves out empty
/// texts and lists.
/// </remarks>
internal static partial class GeneralMetadata
{
    private const string Hub = "https://huggingface.co/";

    /// <summary>Adds the keys to the end.</summary>
    /// <param name="metadata">Has general.architecture and general.type.</param>
    /// <param name="config">For _name_or_path.</param>
    /// <param name="generation">generation_config.json, if any.</param>
    /// <param name="card">Model card, if any.</param>
    /// <param name="options">Name and folder.</param>
    /// <param name="sizeLabel">Label computed from the tensors, used when no name gives one.</param>
    /// <param name="parameters">Number of weights.</param>
    public static void Append(
        GgufMetadata metadata,
        ModelConfig config,
        JsonElement? generation,
        ModelCard? card,
        GgufConversionOptions options,
        string sizeLabel,
        long parameters)
    {
        AppendSampling(metadata, generation);
        card ??= new ModelCard();
        ModelIdentity[] identities = [.. Ids(config, options).Select(id => ModelIdentity.Parse(id, parameters))];
        string? First(Func<ModelIdentity, string?> part) => identities.Select(part).FirstOrDefault(static p => p is not null);
        string? title = First(static i => i.FullName);
        Add(metadata, "general.name", options.Name ?? card.Name ?? (title is null ? "model" : ModelIdentity.ToTitle(title)));
        Add(metadata, "general.author", card.Author);
        Add(metadata, "general.version", card.Version ?? First(static i => i.Version));
        Add(metadata, "general.organization", card.Organization ?? First(static i => i.Organization));
        Add(metadata, "general.finetune", card.Finetune ?? First(static i => i.Finetune));
        Add(metadata, "general.basename", card.Basename ?? First(static i => i.Basename));
        Add(metadata, "general.description", card.Description);
        Add(metadata, "general.size_label", card.SizeLabel ?? First(static i => i.SizeLabel) ?? sizeLabel);
        Add(metadata, "general.license", card.Licenses.Count > 0 ? string.Join(',', card.Licenses) : null);
        Add(metadata, "general.license.name", card.LicenseName);
        Add(metadata, "general.license.link", card.LicenseLink);
        Add(metadata, "general.source.url", card.Url);
        Add(metadata, "general.source.doi", card.Doi);
        Add(metadata, "general.source.uuid", card.Uuid);
        Add(metadata, "general.source.repo_url", card.RepositoryUrl);
        AppendReferences(metadata, "general.base_model", card.BaseModels, parameters);
        AppendReferences(metadata, "general.dataset", card.Datasets, parameters);
        AddList(metadata, "general.tags", card.Tags);
        AddList(metadata, "general.languages", card.Languages);
    }

    private static void AppendSampling(GgufMetadata metadata, JsonElement? generation)
    {
        AddText(metadata, generation, "sequence", "sequence");
        AddInteger(metadata, generation, "top_k", "top_k");
        AddNumber(metadata, generation, "top_p", "top_p");
        AddNumber(metadata, generation, "min_p", "min_p");
        AddNumber(metadata, generation, "xtc_probability", "xtc_probability");
        AddNumber(metadata, generation, "xtc_threshold", "xtc_threshold");
        AddNumber(metadata, generation, "temperature", "temp");
        AddInteger(metadata, generation, "penalty_last_n", "penalty_last_n");
        AddNumber(metadata, generation, "penalty_repeat", "penalty_repeat");
        AddInteger(metadata, generation, "mirostat", "mirostat");
        AddNumber(metadata, generation, "mirostat_tau", "mirostat_tau");
        AddNumber(metadata, generation, "mirostat_eta", "mirostat_eta");
    }

    // A path of someone's computer has more than one slash and is no name.
    private static IEnumerable<string> Ids(ModelConfig config, GgufConversionOptions options)
    {
        if (config.Root.TryGetProperty("_name_or_path", out JsonElement path) && path.ValueKind == JsonValueKind.String
            && path.GetString() is { Length: > 0 } id && id.Count(static c => c == '/') <= 1)
        {
            yield return id;
        }

        if (options.FolderName is { Length: > 0 } folder)
        {
            yield return folder;
        }
    }

    private static void AppendReferences(
        GgufMetadata metadata, string key, IReadOnlyList<CardReference>? references, long parameters)
    {
        if (references is null)
        {
            return;
        }

        metadata[$"{key}.count"] = GgufValue.Of((uint)references.Count);
        for (int i = 0; i < references.Count; i++)
        {
            CardReference reference = Complete(references[i], parameters);
            string prefix = string.Create(CultureInfo.InvariantCulture, $"{key}.{i}.");
            Add(metadata, prefix + "name", reference.Name);
            Add(metadata, prefix + "author", reference.Author);
            Add(metadata, prefix + "version", reference.Version);
            Add(metadata, prefix + "organization", reference.Organization);
            Add(metadata, prefix + "description", reference.Description);
            Add(metadata, prefix + "url", reference.Url);
            Add(metadata, prefix + "doi", reference.Doi);
            Add(metadata, prefix + "uuid", reference.Uuid);
            Add(metadata, prefix + "repo_url", reference.RepositoryUrl);
        }
    }

    private static CardReference Complete(CardReference reference, long parameters)
    {
        if (reference.Id is not { } id)
        {
            return reference;
        }

        bool isUrl = id.StartsWith("http://", StringComparison.Ordinal) || id.StartsWith("https://", StringComparison.Ordinal)
            || id.StartsWith("ssh://", StringComparison.Ordinal);
        Match hub = HubUrl().Match(id);
        if (isUrl && !hub.Success)
        {
            return reference with { RepositoryUrl = id };
        }

        ModelIdentity identity = ModelIdentity.Parse(isUrl ? hub.Groups[1].Value : id, parameters);
        return reference with
        {
            Name = identity.FullName is null ? null : ModelIdentity.ToTitle(identity.FullName),
            Organization = identity.Organization is null ? null : ModelIdentity.ToTitle(identity.Organization),
            Version = identity.Version,
            RepositoryUrl = isUrl ? id : identity.Organization is null ? null : $"{Hub}{identity.Organization}/{identity.FullName}",
        };
    }

    private static void Add(GgufMetadata metadata, string key, string? value)
    {
        if (!string.IsNullOrEmpty(value))
        {
            metadata[key] = GgufValue.Of(value);
        }
    }

    private static void AddList(GgufMetadata metadata, string key, IReadOnlyList<string>? values)
    {
        if (values is { Count: > 0 })
        {
            metadata[key] = GgufValue.OfArray(values.ToArray());
        }
    }

    private static void AddText(GgufMetadata metadata, JsonElement? generation, string key, string name)
    {
        if (generation is { } root && root.TryGetProperty(key, out JsonElement value) && value.ValueKind == JsonValueKind.String)
        {
            metadata[$"general.sampling.{name}"] = GgufValue.Of(value.GetString()!);
        }
    }

    private static void AddInteger(GgufMetadata metadata, JsonElement? generation, string key, string name)
    {
        if (Number(generation, key) is { } number && number == Math.Truncate(number) && number is >= int.MinValue and <= int.MaxValue)
        {
            metadata[$"general.sampling.{name}"] = GgufValue.Of((int)number);
        }
    }

    private static void AddNumber(GgufMetadata metadata, JsonElement? generation, string key, string name)
    {
        if (Number(generation, key) is { } number)
        {
            metadata[$"general.sampling.{name}"] = GgufValue.Of((float)number);
        }
    }

    private static double? Number(JsonElement? generation, string key) =>
        generation is { ValueKind: JsonValueKind.Object } root && root.TryGetProperty(key, out JsonElement value)
        && value.ValueKind == JsonValueKind.Number && value.TryGetDouble(out double number) && double.IsFinite(number)
            ? number
            : null;

    [GeneratedRegex("^https?://huggingface\\.co/([^/]+/[^/]+)$", RegexOptions.CultureInvariant)]
    private static partial Regex HubUrl();
}
