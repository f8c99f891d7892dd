using ModelPack.Licensing.Catalog;

namespace ModelPack.Licensing.Audit;

/// <summary>Licenses of works by their hub names: what the catalogue says of whole model lines.</summary>
internal static class KnownModels
{
    /// <summary>The license of a hub name; null when the catalogue does not know it.</summary>
    /// <param name="name">"meta-llama/Llama-3.1-8B", with or without a hub's address before it.</param>
    /// <param name="catalog">Entries name the patterns of their models.</param>
    public static string? Find(string name, LicenseCatalog catalog)
    {
        string[] parts = name.Split('/', StringSplitOptions.RemoveEmptyEntries);
        if (parts.Length < 2)
        {
            return null;
        }

        string id = $"{parts[^2]}/{parts[^1]}";
        return catalog.Models
            .Where(model => Matches(id, model.Pattern))
            .OrderByDescending(static model => model.Pattern.Length)
            .FirstOrDefault().Id;
    }

    // "owner/name-*": everything that starts so; a longer pattern knows better.
    private static bool Matches(string id, string pattern) => pattern.EndsWith('*')
        ? id.StartsWith(pattern[..^1], StringComparison.OrdinalIgnoreCase)
        : id.Equals(pattern, StringComparison.OrdinalIgnoreCase);
}
