namespace ModelPack.Licensing.Catalog;

/// <summary>The names in a catalogue file, which usually stand at its start: reading them alone is much less than all of it.</summary>
/// <param name="Id">SPDX id, or LicenseRef-.</param>
/// <param name="Aliases">Other names of it.</param>
/// <param name="Models">Patterns of hub names.</param>
internal sealed record CatalogHeader(string Id, IReadOnlyList<string> Aliases, IReadOnlyList<string> Models)
{
    // The first field that names nothing, where the fields stand as docs/licensing.md has them.
    private const string Rest = "\nfamily:";

    private static readonly string[] Names = ["\nid:", "\naliases:", "\nmodels:"];

    /// <exception cref="InvalidCatalogException">This is no YAML, or a name is missing or unreadable.</exception>
    public static CatalogHeader Read(string file, string yaml)
    {
        int end = yaml.IndexOf(Rest, StringComparison.Ordinal);
        bool first = end >= 0 && !Names.Any(name => yaml.AsSpan(end).Contains(name, StringComparison.Ordinal));
        string start = first ? yaml[..(end + 1)] : yaml;
        YamlFields fields = new(file, YamlText.Parse(file, start, LicenseReader.Fault, YamlLimits.Written), LicenseReader.Fault);
        return new(fields.Required("id"), fields.List("aliases", static text => text), fields.List("models", static text => text));
    }
}
