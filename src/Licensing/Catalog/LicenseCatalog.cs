using System.Collections.Frozen;
using System.Reflection;

namespace ModelPack.Licensing.Catalog;

/// <summary>The licenses that are known clause by clause.</summary>
public sealed class LicenseCatalog
{
    private const string Folder = ".Data.licenses.";

    private static readonly Lazy<LicenseCatalog> Embedded = new(LoadEmbedded);

    private readonly FrozenDictionary<string, LicenseEntry> _byName;

    private LicenseCatalog(IReadOnlyList<LicenseEntry> all, FrozenDictionary<string, LicenseEntry> byName)
    {
        All = all;
        _byName = byName;
    }

    /// <summary>The catalogue that is part of the library.</summary>
    public static LicenseCatalog Default => Embedded.Value;

    /// <summary>Every entry, sorted by id.</summary>
    public IReadOnlyList<LicenseEntry> All { get; }

    /// <summary>Reads a catalogue from files, each with its name and YAML text.</summary>
    /// <exception cref="InvalidCatalogException">A file breaks the rules, two share an id or alias, or a rule names an id that is missing.</exception>
    public static LicenseCatalog Load(IEnumerable<(string File, string Yaml)> files)
    {
        Dictionary<string, LicenseEntry> byName = new(StringComparer.OrdinalIgnoreCase);
        List<(string File, LicenseEntry Entry)> entries = [];
        foreach ((string file, string yaml) in files)
        {
            LicenseEntry entry = LicenseReader.Read(file, yaml);
            entries.Add((file, entry));
            foreach (string name in entry.Aliases.Prepend(entry.Id))
            {
                if (!byName.TryAdd(name, entry))
                {
                    throw new InvalidCatalogException(file, 1, 1, $"'{name}' names {byName[name].Id} already");
                }
            }
        }

        foreach ((string file, LicenseEntry entry) in entries)
        {
            RequireIds(file, entry.Outbound, byName);
        }

        return new(
            [.. entries.Select(static e => e.Entry).OrderBy(static e => e.Id, StringComparer.Ordinal)],
            byName.ToFrozenDictionary(StringComparer.OrdinalIgnoreCase));
    }

    /// <param name="name">An id or an alias, in any case.</param>
    /// <returns>The entry, or null.</returns>
    public LicenseEntry? Find(string name) => _byName.GetValueOrDefault(name);

    private static void RequireIds(string file, OutboundRule? rule, Dictionary<string, LicenseEntry> byName)
    {
        foreach (string id in rule is null ? [] : rule.Accepts.Concat(rule.Rejects))
        {
            if (!byName.TryGetValue(id, out LicenseEntry? entry) || entry.Id != id)
            {
                throw new InvalidCatalogException(file, 1, 1, $"'{id}' is no id of the catalogue");
            }
        }
    }

    private static LicenseCatalog LoadEmbedded()
    {
        Assembly assembly = typeof(LicenseCatalog).Assembly;
        return Load(assembly.GetManifestResourceNames()
            .Where(static name => name.Contains(Folder, StringComparison.Ordinal) && name.EndsWith(".yml", StringComparison.Ordinal))
            .Order(StringComparer.Ordinal)
            .Select(name => (name[(name.IndexOf(Folder, StringComparison.Ordinal) + Folder.Length)..], Text(assembly, name))));
    }

    private static string Text(Assembly assembly, string name)
    {
        using Stream stream = assembly.GetManifestResourceStream(name)!;
        using StreamReader reader = new(stream);
        return reader.ReadToEnd();
    }
}
