namespace ModelPack.Models.Cards;

/// <summary>Reads the model card of a hub folder, forgiving: what cannot be used is passed over with a note.</summary>
/// <remarks>
/// Which keys mean what follows llama.cpp's converter (gguf-py, metadata.py): its own keys come before the hub's habits.
/// A card never stops a conversion.
/// </remarks>
public static class ModelCardReader
{
    /// <summary>The file's name in a model folder.</summary>
    public const string FileName = "README.md";

    /// <summary>Reads a folder's card; null when the folder has no README.md or it has no front matter.</summary>
    /// <exception cref="ModelPackException">The file cannot be read.</exception>
    public static ModelCard? ReadFolder(string folder)
    {
        string path = Path.Combine(folder, FileName);
        if (!File.Exists(path))
        {
            return null;
        }

        try
        {
            if (!InputFile.HasContent(path))
            {
                return null;
            }

            using FileStream file = File.OpenRead(path);
            byte[] start = new byte[(int)Math.Min(file.Length, FrontMatter.MostBytes + 64)];
            int length = file.ReadAtLeast(start, start.Length, throwOnEndOfStream: false);
            return Parse(start.AsSpan(0, length));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new ModelPackException($"{path}: cannot be read: {e.Message.TrimEnd('.')}", e);
        }
    }

    /// <summary>Reads the text of a card.</summary>
    /// <param name="start">UTF-8; for a long file its first mebibyte and a little more.</param>
    /// <returns>Null when there is no front matter; a card with notes only when it cannot be used.</returns>
    public static ModelCard? Parse(ReadOnlySpan<byte> start)
    {
        if (FrontMatter.Cut(start, out string? note) is not { } yaml)
        {
            return note is null ? null : new ModelCard { Notes = [note] };
        }

        // A tab is no YAML indentation, yet real cards of Qwen had some.
        return CardYaml.Parse(yaml.Replace("\t", "  ", StringComparison.Ordinal), out note) is { } map
            ? Read(new CardFields(map))
            : new ModelCard { Notes = [note!] };
    }

    private static ModelCard Read(CardFields fields) => new()
    {
        Name = fields.Text("name", "model_name"),
        Author = fields.Text("author", "model_author", "model_creator"),
        Version = fields.Text("version", "model_version"),
        Organization = fields.Text("organization", "model_organization"),
        Description = fields.Text("description", "model_description"),
        Finetune = fields.Text("finetune", "model_finetune"),
        Basename = fields.Text("basename", "model_basename", "model_type"),
        SizeLabel = fields.Text("size_label", "model_size_label"),
        Url = fields.Text("url", "model_url"),
        Doi = fields.Text("doi", "model_doi"),
        Uuid = fields.Text("uuid", "model_uuid"),
        RepositoryUrl = fields.Text("repo_url", "model_repo_url"),
        Licenses = fields.Texts("license") ?? [],
        LicenseName = fields.Text("license_name"),
        LicenseLink = fields.Text("license_link"),
        BaseModels = fields.References("base_model", "base_models", "base_model_sources"),
        BaseModelRelation = fields.Text("base_model_relation"),
        Datasets = fields.References("datasets", "dataset", "dataset_sources"),
        Tags = Join(fields.Texts("tags"), fields.Texts("pipeline_tag")),
        Languages = Join(fields.Texts("languages"), fields.Texts("language")),
        Notes = fields.Notes,
    };

    private static IReadOnlyList<string>? Join(IReadOnlyList<string>? first, IReadOnlyList<string>? second) =>
        first is null && second is null ? null : [.. first ?? [], .. second ?? []];
}
