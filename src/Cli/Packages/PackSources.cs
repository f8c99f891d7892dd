using ModelPack.Models;
using ModelPack.Packaging.Oci;
using ModelPack.Packaging.Provenance;
using ModelPack.Packaging.Signing;

namespace ModelPack.Cli.Packages;

/// <summary>What a package was made from and does not hold: hashed for its provenance.</summary>
internal static class PackSources
{
    /// <param name="paths">Files and folders.</param>
    /// <param name="cancel">Stops between blocks.</param>
    /// <returns>Their files, named from the last part of each path on.</returns>
    /// <exception cref="ModelPackException">A path cannot be read.</exception>
    public static async Task<IReadOnlyList<ProvenanceSource>> ReadAsync(IReadOnlyList<string> paths, CancellationToken cancel)
    {
        List<ProvenanceSource> sources = [];
        foreach (string path in paths)
        {
            string name = Path.GetFileName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(path)));
            foreach (SignedFile file in await FolderDigests.OfAsync(path, cancel))
            {
                sources.Add(new(File.Exists(path) ? file.Name : $"{name}/{file.Name}", Digest.Parse($"sha256:{file.Sha256}", path)));
            }
        }

        return sources;
    }
}
