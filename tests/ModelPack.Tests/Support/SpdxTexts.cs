using System.Text.Json;

namespace ModelPack.Tests.Support;

/// <summary>SPDX's license texts, from the npm package that the build of src/Licensing installs.</summary>
internal static class SpdxTexts
{
    private static string Folder => RepositoryFolder.Join("src", "Licensing", "SpdxSource", "node_modules", "spdx-license-list", "licenses");

    /// <summary>Every n-th license of the list by name, and its text.</summary>
    public static IEnumerable<(string Id, string Text)> Sample(int step) =>
        Directory.GetFiles(Folder, "*.json")
            .Order(StringComparer.Ordinal)
            .Where((_, i) => i % step == 0)
            .Select(static file => (Path.GetFileNameWithoutExtension(file), Text(file)));

    public static string Text(string idOrFile)
    {
        string file = idOrFile.EndsWith(".json", StringComparison.Ordinal) ? idOrFile : Path.Combine(Folder, $"{idOrFile}.json");
        using JsonDocument license = JsonDocument.Parse(File.ReadAllBytes(file));
        return license.RootElement.GetProperty("licenseText").GetString()!;
    }
}
