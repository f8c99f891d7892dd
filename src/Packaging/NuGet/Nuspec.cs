using System.Text;
using System.Xml;
using System.Xml.Linq;

namespace ModelPack.Packaging.NuGet;

/// <summary>The description of a package that feeds and clients read (learn.microsoft.com/nuget/reference/nuspec).</summary>
internal sealed record Nuspec
{
    private static readonly XNamespace Schema = "http://schemas.microsoft.com/packaging/2013/05/nuspec.xsd";

    public required NuGetIdentity Identity { get; init; }

    public required string Authors { get; init; }

    public required string Description { get; init; }

    public required NuGetLicense License { get; init; }

    /// <summary>Path of a text for people; null for none.</summary>
    public string? Readme { get; init; }

    /// <summary>Words to search for.</summary>
    public IReadOnlyList<string> Tags { get; init; } = [];

    /// <summary>Packages that it needs, each in exactly this version.</summary>
    public IReadOnlyList<NuGetIdentity> Dependencies { get; init; } = [];

    public byte[] Bytes()
    {
        XElement metadata = new(
            Schema + "metadata",
            Text("id", Identity.Id),
            Text("version", Identity.Version),
            Text("authors", Authors),
            Licenses(),
            Text("readme", Readme),
            Text("description", Description),
            Text("tags", Tags.Count == 0 ? null : string.Join(' ', Tags)),
            new XElement(Schema + "packageTypes", PackageType("Dependency"), PackageType("ModelPack")),
            Dependencies.Count == 0 ? null : new XElement(Schema + "dependencies", Dependencies.Select(static d =>
                new XElement(Schema + "dependency", new XAttribute("id", d.Id), new XAttribute("version", $"[{d.Version}]")))));
        return Document(new(Schema + "package", metadata));
    }

    /// <summary>An XML document whose bytes depend on its content alone.</summary>
    internal static byte[] Document(XElement root)
    {
        using MemoryStream bytes = new();
        using (XmlWriter writer = XmlWriter.Create(bytes, new() { Encoding = new UTF8Encoding(false), Indent = true, NewLineChars = "\n" }))
        {
            root.Save(writer);
        }

        return [.. bytes.ToArray(), (byte)'\n'];
    }

    // Clients that know no <license> are sent to an address; feeds refuse a package without the right one.
    private IEnumerable<XElement?> Licenses() => License switch
    {
        { Expression: { } expression } =>
        [
            new(Schema + "license", new XAttribute("type", "expression"), expression),
            Text("licenseUrl", new Uri($"https://licenses.nuget.org/{expression}").AbsoluteUri),
        ],
        { File: { } file } => [new(Schema + "license", new XAttribute("type", "file"), file), Text("licenseUrl", "https://aka.ms/deprecateLicenseUrl")],
        _ => [],
    };

    private static XElement? Text(string name, string? value) => value is null ? null : new(Schema + name, value);

    private static XElement PackageType(string name) => new(Schema + "packageType", new XAttribute("name", name));
}
