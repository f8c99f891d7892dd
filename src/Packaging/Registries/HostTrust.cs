namespace ModelPack.Packaging.Registries;

/// <summary>Whether a host that another one names may be sent what that one was to be sent.</summary>
internal static class HostTrust
{
    /// <summary>Whether two hosts are the same, both this machine, or of one domain.</summary>
    /// <param name="host">A name or address.</param>
    /// <param name="own">The one that is trusted.</param>
    public static bool AreNear(string host, string own) =>
        host.Equals(own, StringComparison.OrdinalIgnoreCase)
        || (RegistryReference.IsLoopbackHost(host) && RegistryReference.IsLoopbackHost(own))
        || (Uri.CheckHostName(own) == UriHostNameType.Dns && Domain(host) is { } domain && domain.Equals(Domain(own), StringComparison.OrdinalIgnoreCase));

    private static string? Domain(string host)
    {
        string[] labels = host.Split('.');
        return labels.Length < 2 ? null : $"{labels[^2]}.{labels[^1]}";
    }
}
