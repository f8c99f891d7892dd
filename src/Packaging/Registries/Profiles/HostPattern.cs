using System.IO.Enumeration;

namespace ModelPack.Packaging.Registries.Profiles;

/// <summary>Compares host names with patterns such as "*.azurecr.io".</summary>
internal static class HostPattern
{
    /// <param name="pattern">A name; * stands for one character or more.</param>
    /// <param name="host">A name, with or without a port.</param>
    public static bool Fits(string pattern, string host)
    {
        int colon = host.IndexOf(':');
        string name = colon < 0 ? host : host[..colon];

        // "evil.azurecr.io.example" must not fit: the whole name is compared.
        return FileSystemName.MatchesSimpleExpression(pattern.Replace("*", "?*", StringComparison.Ordinal), name, ignoreCase: true);
    }
}
