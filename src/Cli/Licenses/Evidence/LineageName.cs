using ModelPack.Models.Cards;

namespace ModelPack.Cli.Licenses.Evidence;

/// <summary>How the lineage calls a work: "owner/name" where a hub is named, else what there is.</summary>
internal static class LineageName
{
    public static string Of(CardReference reference) =>
        reference.Id is { } id ? Short(id)
        : (reference.RepositoryUrl ?? reference.Url) is { } url ? Short(url)
        : Of(reference.Organization, reference.Name);

    /// <param name="organization">Owner, or null.</param>
    /// <param name="name">Name, or null.</param>
    /// <param name="url">Address of its repository, or null.</param>
    public static string Of(string? organization, string? name, string? url = null) =>
        url is not null ? Short(url)
        : organization is null ? name ?? ""
        : $"{organization}/{name}";

    // An address on a hub has owner and name as its whole path; datasets stand below a folder of that name.
    private static string Short(string text)
    {
        if (!Uri.TryCreate(text, UriKind.Absolute, out Uri? uri) || uri.Scheme is not ("http" or "https"))
        {
            return text;
        }

        string[] parts = uri.AbsolutePath.Split('/', StringSplitOptions.RemoveEmptyEntries);
        return parts switch
        {
            [var owner, var name] => $"{owner}/{name}",
            ["datasets", var owner, var name] => $"{owner}/{name}",
            _ => text,
        };
    }
}
