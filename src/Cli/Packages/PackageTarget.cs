using ModelPack.Packaging.Layouts;
using ModelPack.Packaging.Oci;
using ModelPack.Packaging.Registries;
using ModelPack.Packaging.Transfers;

namespace ModelPack.Cli.Packages;

/// <summary>A package that PATH|REF names: in a registry, or in a layout, where no tag is needed when there is but one version.</summary>
/// <param name="Store">Where it is; the holder disposes it.</param>
/// <param name="Reference">Its tag or digest.</param>
internal sealed record PackageTarget(PackageStore Store, string Reference) : IDisposable
{
    /// <summary>Whether a text means a package, not a folder of files.</summary>
    public static bool IsOne(string text) => RegistryReference.IsOne(text) || LayoutStore.IsLayout(text) || IsTagOfLayout(text);

    /// <summary>Whether a text is LAYOUT:TAG or LAYOUT@DIGEST.</summary>
    public static bool IsTagOfLayout(string text)
    {
        int name = text.LastIndexOfAny(['/', '\\']) + 1;
        int mark = text.IndexOfAny(['@', ':'], name);
        return mark > name && !Path.Exists(text) && LayoutStore.IsLayout(text[..mark]);
    }

    /// <param name="text">oci://HOST/REPOSITORY:TAG or @DIGEST, LAYOUT:TAG, or LAYOUT.</param>
    /// <param name="argument">Name of the argument.</param>
    /// <param name="options">For registries.</param>
    /// <exception cref="UsageException">There is no telling which package is meant.</exception>
    public static PackageTarget Open(string text, string argument, RegistryOptions options)
    {
        (PackageStore store, string? target) = RegistryArguments.Open(text, argument, options);
        try
        {
            return new(store, target ?? (store as LayoutStore)?.ReadPackages() switch
            {
                null => throw new UsageException($"{argument}: '{text}': expected a tag or a digest at its end"),
                var entries => Only(entries, text, argument),
            });
        }
        catch
        {
            store.Dispose();
            throw;
        }
    }

    /// <summary>The index or manifest.</summary>
    public Task<OciManifest> GetAsync(CancellationToken cancel) => Store.GetAsync(Reference, cancel);

    public void Dispose() => Store.Dispose();

    private static string Only(IReadOnlyList<Descriptor> entries, string text, string argument)
    {
        Digest[] versions = [.. entries.Where(static e => MediaTypes.IsIndex(e.MediaType)).Select(static e => e.Digest).Distinct()];
        versions = versions.Length == 0 ? [.. entries.Select(static e => e.Digest).Distinct()] : versions;
        string known = string.Join(", ", entries.Select(static e => e.Annotation(AnnotationKeys.RefName) ?? e.Digest.ToString()));
        return versions.Length == 1
            ? versions[0].ToString()
            : throw new UsageException($"{argument}: '{text}': expected a tag at its end; there are {(known.Length == 0 ? "none" : known)}");
    }
}
