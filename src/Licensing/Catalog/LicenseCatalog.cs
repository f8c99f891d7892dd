using System.Collections.Frozen;
using System.Reflection;

namespace ModelPack.Licensing.Catalog;

/// <summary>The licenses that are known clause by clause.</summary>
public sealed class LicenseCatalog
{
    private const string Folder = ".Data.licenses.";

    private static readonly Lazy<LicenseCatalog> Embedded = new(static () => Open(EmbeddedFiles()));

    private readonly FrozenDictionary<string, Lazy<LicenseEntry>> _byName;

    private readonly Lazy<IReadOnlyList<LicenseEntry>> _all;

    private LicenseCatalog(IReadOnlyList<(CatalogHeader Header, Lazy<LicenseEntry> Entry)> files, FrozenDictionary<string, Lazy<LicenseEntry>> byName)
    {
        _byName = byName;
        _all = new(() => [.. files.Select(static file => file.Entry.Value).OrderBy(static entry => entry.Id, StringComparer.Ordinal)]);
        Models = [.. files.SelectMany(static file => file.Header.Models.Select(pattern => (pattern, file.Header.Id)))];
    }

    /// <summary>The catalogue that is part of the library; a license's clauses are read when it is asked for.</summary>
    public static LicenseCatalog Default => Embedded.Value;

    /// <summary>Every entry, sorted by id.</summary>
    public IReadOnlyList<LicenseEntry> All => _all.Value;

    /// <summary>The patterns of hub names whose license an entry is, each with the entry's id.</summary>
    public IReadOnlyList<(string Pattern, string Id)> Models { get; }

    /// <summary>The ids and aliases of all entries, in no order.</summary>
    public IEnumerable<string> Names => _byName.Keys;

    /// <summary>Reads a catalogue from files, each with its name and YAML text.</summary>
    /// <exception cref="InvalidCatalogException">A file breaks the rules, two share an id or alias, or a rule names an id that is missing.</exception>
    public static LicenseCatalog Load(IEnumerable<(string File, string Yaml)> files)
    {
        (string File, string Yaml)[] all = [.. files];
        LicenseCatalog catalog = Open(all);
        foreach ((string file, string yaml) in all)
        {
            RequireIds(file, catalog._byName[CatalogHeader.Read(file, yaml).Id].Value.Outbound, catalog);
        }

        return catalog;
    }

    /// <param name="name">An id or an alias, in any case.</param>
    /// <returns>The entry, or null.</returns>
    public LicenseEntry? Find(string name) => _byName.GetValueOrDefault(name)?.Value;

    /// <summary>The files of <see cref="Default"/>.</summary>
    internal static IEnumerable<(string File, string Yaml)> EmbeddedFiles()
    {
        Assembly assembly = typeof(LicenseCatalog).Assembly;
        return assembly.GetManifestResourceNames()
            .Where(static name => name.Contains(Folder, StringComparison.Ordinal) && name.EndsWith(".yml", StringComparison.Ordinal))
            .Order(StringComparer.Ordinal)
            .Select(name => (name[(name.IndexOf(Folder, StringComparison.Ordinal) + Folder.Length)..], Text(assembly, name)));
    }

    // The names at once, the clauses of a license when it is asked for: a run asks for few.
    private static LicenseCatalog Open(IEnumerable<(string File, string Yaml)> files)
    {
        Dictionary<string, Lazy<LicenseEntry>> byName = new(StringComparer.OrdinalIgnoreCase);
        Dictionary<string, string> ids = new(StringComparer.OrdinalIgnoreCase);
        List<(CatalogHeader, Lazy<LicenseEntry>)> entries = [];
        foreach ((string file, string yaml) in files)
        {
            CatalogHeader header = CatalogHeader.Read(file, yaml);
            Lazy<LicenseEntry> entry = new(() => LicenseReader.Read(file, yaml));
            entries.Add((header, entry));
            foreach (string name in header.Aliases.Prepend(header.Id))
            {
                if (!ids.TryAdd(name, header.Id))
                {
                    throw new InvalidCatalogException(file, 1, 1, $"'{name}' names {ids[name]} already");
                }

                byName.Add(name, entry);
            }
        }

        return new(entries, byName.ToFrozenDictionary(StringComparer.OrdinalIgnoreCase));
    }

    private static void RequireIds(string file, OutboundRule? rule, LicenseCatalog catalog)
    {
        foreach (string id in rule is null ? [] : rule.Accepts.Concat(rule.Rejects))
        {
            if (catalog.Find(id)?.Id != id)
            {
                throw new InvalidCatalogException(file, 1, 1, $"'{id}' is no id of the catalogue");
            }
        }
    }

    private static string Text(Assembly assembly, string name)
    {
        using Stream stream = assembly.GetManifestResourceStream(name)!;
        using StreamReader reader = new(stream);
        return reader.ReadToEnd();
    }
}
