using System.Globalization;
using ModelPack.Licensing.Catalog;
using ModelPack.Licensing.Identity;

namespace ModelPack.Licensing.Locks;

/// <summary>Reads a lock file.</summary>
internal static class LockReader
{
    private const int Sha256Digits = 64;

    public static InvalidLockException Fault(string file, long line, long column, string message) => new(file, line, column, message);

    /// <exception cref="InvalidLockException">The text is no YAML, or has an unknown, missing or unreadable field.</exception>
    public static LicenseLock Read(string file, string yaml)
    {
        YamlFields fields = new(file, YamlText.Parse(file, yaml, Fault, YamlLimits.Generated), Fault);
        fields.Required("schemaVersion", Version);
        List<LockedArtifact> artifacts = [];
        HashSet<string> names = new(StringComparer.Ordinal);
        foreach (YamlFields item in fields.Mappings("artifacts"))
        {
            LockedArtifact artifact = Artifact(item);
            artifacts.Add(names.Add(artifact.Name) ? artifact : throw item.FaultAt("name", $"'{artifact.Name}' stands here twice; expected one item for each artifact"));
        }

        fields.End();
        return new(artifacts);
    }

    private static LockedArtifact Artifact(YamlFields fields)
    {
        string name = fields.Required("name");
        Relation? relation = fields.Optional("relation", (Relation?)null, static text => CatalogWords.Parse<Relation>(text));
        string license = fields.Required("license");
        string? declared = fields.Optional("declared");
        List<LockedFile> files = [];
        HashSet<string> paths = new(StringComparer.Ordinal);
        foreach (YamlFields item in fields.Mappings("files"))
        {
            LockedFile file = File(item);
            files.Add(paths.Add(file.Path) ? file : throw item.FaultAt("path", $"'{file.Path}' stands here twice; expected one item for each file"));
        }

        fields.End();
        return new() { Name = name, Relation = relation, License = license, Declared = declared, Files = files };
    }

    private static LockedFile File(YamlFields fields)
    {
        LockedFile file = new(
            fields.Required("path", Path),
            fields.Required("sha256", Digest),
            fields.Required("id"),
            fields.Required("state", CatalogWords.Parse<DetectionState>));
        fields.End();
        return file;
    }

    private static string Version(string text) => text == LicenseLock.SchemaVersion.ToString(CultureInfo.InvariantCulture)
        ? text
        : throw new LicensingException($"version '{text}' of the format is not known here; expected {LicenseLock.SchemaVersion}");

    // Nobody opens these paths, but a report shows them as places of the model.
    private static string Path(string text) => text.Split('/').All(static part => part is not ("" or "." or ".."))
        ? text
        : throw new LicensingException($"'{text}' is no path within the artifact; expected names with '/' between them");

    private static string Digest(string text) => text.Length == Sha256Digits && text.All(static c => char.IsAsciiHexDigitLower(c) || char.IsAsciiDigit(c))
        ? text
        : throw new LicensingException($"'{(text.Length > 80 ? text[..80] : text)}' is no SHA-256; expected {Sha256Digits} hexadecimal digits in lower case");
}
