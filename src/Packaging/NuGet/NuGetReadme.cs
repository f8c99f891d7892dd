using System.Text;

namespace ModelPack.Packaging.NuGet;

/// <summary>What feeds show of a package, in words.</summary>
internal static class NuGetReadme
{
    /// <summary>One line: architecture, format, type.</summary>
    public static string Summary(NuGetManifest manifest)
    {
        string?[] words = [manifest.Description.Architecture, manifest.Description.Format, manifest.Description.Quantization ?? manifest.Description.Precision];
        string what = string.Join(", ", words.OfType<string>());
        return $"The model {manifest.Name} {manifest.Version}{(what.Length == 0 ? "" : $" ({what})")}.";
    }

    /// <summary>The package's README.md.</summary>
    public static byte[] Bytes(NuGetManifest manifest) => Encoding.UTF8.GetBytes($"""
        # {manifest.Identity}

        {Summary(manifest)} License: {(manifest.Licenses.Count == 0 ? "not said" : string.Join(", ", manifest.Licenses))}; license audit before packing: {manifest.Audit}.

        A build that refers to this package joins the {manifest.Files.Count} files of the model from {manifest.Parts.Count} packages, compares their SHA-256 with
        `modelpack.json`, and puts them into `models/{manifest.Identity.Id}/` of the output folder. A damaged file fails the build.

            <PackageReference Include="{manifest.Identity.Id}" Version="{manifest.Identity.Version}" />

        `ModelPackFolder` names another folder than `models`; `ModelPackJoin` set to `false` leaves the files where they are. The items
        `ModelPackModel` say where each model is (`Path`, below the output folder) and its `Version`.

        """.ReplaceLineEndings("\n"));
}
