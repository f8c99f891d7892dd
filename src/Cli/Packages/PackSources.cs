using ModelPack.Models;
using ModelPack.Models.Conversion;
using ModelPack.Packaging.Oci;
using ModelPack.Packaging.Packing;
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
            string full = Path.TrimEndingDirectorySeparator(Path.GetFullPath(path));
            IEnumerable<PackageFile> files = Directory.Exists(full) ? PackInput.Folder(full) : [new("", full)];
            foreach (PackageFile file in files)
            {
                IReadOnlyList<SignedFile> hashed = await FolderDigests.OfAsync(file.Source!, cancel);
                string name = file.Path.Length == 0 ? Path.GetFileName(full) : $"{ModelFolder.NameOf(full)}/{file.Path}";
                sources.Add(new(name, Digest.Parse($"sha256:{hashed[0].Sha256}", path)));
            }
        }

        return sources;
    }
}
