using ModelPack.Models;

namespace ModelPack.Packaging.NuGet.Feeds;

/// <summary>The address of a feed's service index, written nuget+https://HOST/PATH/index.json.</summary>
public static class FeedAddress
{
    private const string Scheme = "nuget+";
    private const string Wanted = "expected nuget+https://HOST/PATH/index.json";

    /// <summary>Whether a text means a feed by its address.</summary>
    public static bool IsOne(string text) => text.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase);

    /// <exception cref="ModelPackException">The text is no such address, or holds a password.</exception>
    public static Uri Parse(string text)
    {
        string rest = IsOne(text) ? text[Scheme.Length..] : "";
        if (!Uri.TryCreate(rest, UriKind.Absolute, out Uri? address) || address.Scheme is not ("https" or "http"))
        {
            throw new ModelPackException($"'{(text.Contains('@') ? "…" : text)}': {Wanted}");
        }

        return address.UserInfo.Length == 0 ? address
            : throw new ModelPackException($"a user name or password in an address is not used: it belongs into NuGet's configuration; {Wanted}");
    }
}
