using ModelPack.Cli.Packages;
using ModelPack.Licensing.Audit;
using ModelPack.Licensing.Identity;
using ModelPack.Packaging.Oci;
using ModelPack.Packaging.Registries;
using ModelPack.Packaging.Transfers;

namespace ModelPack.Cli.Licenses.Evidence;

/// <summary>A package of a registry as an audit meets it: its config and its texts are pulled, its weights are not.</summary>
internal static class PackageSubject
{
    private const long MaxTextBytes = 16 << 20;

    private static readonly string[] Metadata = ["config.json", "adapter_config.json"];

    /// <param name="reference">oci://HOST/REPOSITORY:TAG or @DIGEST.</param>
    /// <param name="variant">Label of the variant; null where there is but one.</param>
    /// <param name="options">How to speak with the registry.</param>
    /// <param name="warn">Told what could not be read though the rest could.</param>
    /// <param name="cancel">Stops.</param>
    /// <exception cref="UsageException">The text is no reference.</exception>
    /// <exception cref="Models.ModelPackException">There is no such package, or a file in it is not as its manifest says.</exception>
    public static async Task<AuditSubject> ReadAsync(
        string reference, string? variant, RegistryOptions options, Action<string> warn, CancellationToken cancel)
    {
        (PackageStore store, string? target) = RegistryArguments.Open(reference, "REF", options);
        using PackageStore source = store;
        PackagePull pull = new(source);
        OciManifest root = await source.GetAsync(target ?? throw new UsageException($"REF: '{reference}': expected a tag or a digest at its end"), cancel);
        return await ReadAsync(source, await pull.ChooseAsync(root, variant, cancel), reference, warn, cancel);
    }

    /// <param name="source">Where the package is.</param>
    /// <param name="manifest">Of one variant.</param>
    /// <param name="name">What to call it.</param>
    /// <param name="warn">Told what could not be read though the rest could.</param>
    /// <param name="cancel">Stops.</param>
    /// <exception cref="Models.ModelPackException">A file in it is not as its manifest says.</exception>
    public static async Task<AuditSubject> ReadAsync(PackageStore source, OciManifest manifest, string name, Action<string> warn, CancellationToken cancel)
    {
        string folder = Directory.CreateTempSubdirectory("modelpack-").FullName;
        try
        {
            await new PackagePull(source).PullTextsAsync(manifest, folder, IsWanted, MaxTextBytes, cancel);
            return SubjectReader.Read(folder, warn, cancel) with { Name = name, Kind = "package" };
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static bool IsWanted(string path) =>
        Metadata.Contains(path, StringComparer.Ordinal)
        || path.StartsWith($"{LicenseFileName.TextFolder}/", StringComparison.Ordinal)
        || LicenseFileName.IsLicenseLike(Path.GetFileName(path));
}
