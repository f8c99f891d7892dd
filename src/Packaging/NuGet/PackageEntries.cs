using System.Xml.Linq;

namespace ModelPack.Packaging.NuGet;

/// <summary>The small entries of a package: its nuspec, texts, and what the Open Packaging Conventions ask for (ECMA-376-2).</summary>
internal sealed class PackageEntries
{
    private static readonly XNamespace Relations = "http://schemas.openxmlformats.org/package/2006/relationships";
    private static readonly XNamespace ContentTypes = "http://schemas.openxmlformats.org/package/2006/content-types";

    private readonly List<(string Name, ReadOnlyMemory<byte> Content)> _entries;

    /// <param name="nuspec">What the package is.</param>
    /// <param name="texts">License texts; what the nuspec's license was made into is added.</param>
    /// <param name="others">Further entries, their names in ASCII.</param>
    public PackageEntries(Nuspec nuspec, IReadOnlyList<NuGetText> texts, params IEnumerable<(string Name, byte[] Content)> others)
    {
        string name = $"{nuspec.Identity.Id}.nuspec";
        List<(string Name, ReadOnlyMemory<byte> Content)> content = [(name, nuspec.Bytes())];
        content.AddRange(texts.Select(static t => (Escape(t.Path), t.Content)));
        content.AddRange(nuspec.License is { Made: { } made, File: { } file } ? [(file, made)] : []);
        content.AddRange(others.Select(static o => (o.Name, (ReadOnlyMemory<byte>)o.Content)));
        _entries = [("_rels/.rels", Relationships(name)), .. content, ("[Content_Types].xml", Types([.. content.Select(static e => e.Name)]))];
    }

    /// <summary>Bytes of the whole package without slices.</summary>
    public long Bytes => StoredZip.EndBytes + _entries.Sum(static e => StoredZip.Overhead(e.Name) + e.Content.Length);

    /// <summary>Writes them.</summary>
    public async Task WriteAsync(StoredZip zip, CancellationToken cancel)
    {
        foreach ((string name, ReadOnlyMemory<byte> content) in _entries)
        {
            await zip.AddAsync(name, content, cancel);
        }
    }

    // Names of parts are URIs; NuGet takes them back when it unpacks.
    private static string Escape(string path) => string.Join('/', path.Split('/').Select(Uri.EscapeDataString));

    private static byte[] Relationships(string nuspec) => Nuspec.Document(new(
        Relations + "Relationships",
        new XElement(
            Relations + "Relationship",
            new XAttribute("Type", "http://schemas.microsoft.com/packaging/2010/07/manifest"),
            new XAttribute("Target", $"/{nuspec}"),
            new XAttribute("Id", "R1"))));

    private static byte[] Types(IReadOnlyList<string> names)
    {
        IEnumerable<string> extensions = names.Select(static n => Path.GetExtension(n).TrimStart('.').ToLowerInvariant())
            .Where(static e => e.Length > 0).Append("bin").Distinct().Order(StringComparer.Ordinal);
        IEnumerable<string> bare = names.Where(static n => Path.GetExtension(n).TrimStart('.').Length == 0).Order(StringComparer.Ordinal);
        return Nuspec.Document(new(
            ContentTypes + "Types",
            Default("rels", "application/vnd.openxmlformats-package.relationships+xml"),
            extensions.Select(static e => Default(e, "application/octet")),
            bare.Select(static n => new XElement(ContentTypes + "Override", new XAttribute("PartName", $"/{n}"), new XAttribute("ContentType", "application/octet")))));
    }

    private static XElement Default(string extension, string type) =>
        new(ContentTypes + "Default", new XAttribute("Extension", extension), new XAttribute("ContentType", type));
}
