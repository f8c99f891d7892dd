namespace ModelPack.Licensing.Reports;

/// <summary>Package URLs: names of packages that are the same for every tool (package-url/purl-spec).</summary>
public static class PackageUrl
{
    private const string Oci = "pkg:oci/";
    private const string DigestMark = "@sha256%3A";

    /// <summary>A manifest of an OCI registry, wherever it is.</summary>
    /// <param name="name">Name of the package.</param>
    /// <param name="sha256">Digest of the manifest, 64 hexadecimal digits.</param>
    public static string OfManifest(string name, string sha256) => $"{Oci}{Uri.EscapeDataString(name[(name.LastIndexOf('/') + 1)..].ToLowerInvariant())}{DigestMark}{sha256}";

    /// <summary>The digest of the manifest that a package URL names; null when it names something else.</summary>
    public static string? ManifestOf(string? url)
    {
        int mark = url?.StartsWith(Oci, StringComparison.Ordinal) is true ? url.IndexOf(DigestMark, StringComparison.OrdinalIgnoreCase) : -1;
        if (mark < 0)
        {
            return null;
        }

        string digest = url![(mark + DigestMark.Length)..];
        int end = digest.IndexOfAny(['?', '#']);
        return end < 0 ? digest : digest[..end];
    }

    /// <summary>A model of the hub whose ids are OWNER/NAME; null for any other name.</summary>
    public static string? OfHubModel(string name) => name.Split('/') is [{ Length: > 0 } owner, { Length: > 0 } model] && name.All(static c => char.IsAsciiLetterOrDigit(c) || c is '.' or '_' or '-' or '/')
        ? $"pkg:huggingface/{owner}/{model}"
        : null;
}
