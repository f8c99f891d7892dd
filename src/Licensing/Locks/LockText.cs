using System.Globalization;
using System.Text;
using ModelPack.Licensing.Catalog;

namespace ModelPack.Licensing.Locks;

/// <summary>Writes a lock file's text.</summary>
internal static class LockText
{
    // Texts that YAML readers take for something else.
    private static readonly string[] Words = ["true", "false", "yes", "no", "on", "off", "y", "n", "null"];

    public static string Of(LicenseLock content)
    {
        StringBuilder text = new();
        text.Append("# What the license audit found. A later audit that finds something else reports it (MPL6xx).\n");
        text.Append(CultureInfo.InvariantCulture, $"schemaVersion: {LicenseLock.SchemaVersion}\n");
        text.Append(content.Artifacts.Count == 0 ? "artifacts: []\n" : "artifacts:\n");
        foreach (LockedArtifact artifact in content.Artifacts)
        {
            Add(text, "  - name", artifact.Name);
            Add(text, "    relation", artifact.Relation is { } relation ? CatalogWords.Spelling(relation) : null);
            Add(text, "    license", artifact.License);
            Add(text, "    declared", artifact.Declared);
            text.Append(artifact.Files.Count == 0 ? "" : "    files:\n");
            foreach (LockedFile file in artifact.Files)
            {
                Add(text, "      - path", file.Path);
                Add(text, "        sha256", file.Sha256);
                Add(text, "        id", file.Id);
                Add(text, "        state", CatalogWords.Spelling(file.State));
            }
        }

        return text.ToString();
    }

    private static void Add(StringBuilder text, string name, string? value)
    {
        if (value is null)
        {
            return;
        }

        text.Append(name).Append(": ");
        bool plain = name.EndsWith("sha256", StringComparison.Ordinal) || IsPlain(value);
        _ = plain ? text.Append(value) : Quote(text, value);
        text.Append('\n');
    }

    private static bool IsPlain(string value) =>
        value.Length > 0
        && char.IsAsciiLetter(value[0])
        && value.All(static c => char.IsAsciiLetterOrDigit(c) || c is '.' or '_' or '/' or '+' or '-')
        && !Words.Contains(value, StringComparer.OrdinalIgnoreCase);

    private static StringBuilder Quote(StringBuilder text, string value)
    {
        text.Append('"');
        foreach (Rune rune in value.EnumerateRunes())
        {
            _ = rune.Value switch
            {
                '"' or '\\' => text.Append('\\').Append(rune.ToString()),
                >= 0x20 and < 0x7f => text.Append(rune.ToString()),
                _ => text.Append(CultureInfo.InvariantCulture, $"\\U{rune.Value:X8}"),
            };
        }

        return text.Append('"');
    }
}
