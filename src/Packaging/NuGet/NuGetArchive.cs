using System.Buffers.Binary;
using System.IO.Compression;
using System.Xml;
using System.Xml.Linq;
using ModelPack.Models;

namespace ModelPack.Packaging.NuGet;

/// <summary>A package file of a model, as far as it must be known to publish or to check it.</summary>
public sealed class NuGetArchive
{
    private const string SignatureFile = ".signature.p7s";
    private const int MaxNuspec = 1 << 20;
    private const uint EndMark = 0x06054b50;

    private NuGetArchive(string path, NuGetIdentity identity, long bytes, long contentBytes, bool isSigned, NuGetManifest? manifest) =>
        (File, Identity, Bytes, ContentBytes, IsSigned, Manifest) = (path, identity, bytes, contentBytes, isSigned, manifest);

    /// <summary>Its path.</summary>
    public string File { get; }

    public NuGetIdentity Identity { get; }

    /// <summary>Bytes of the file.</summary>
    public long Bytes { get; }

    /// <summary>Bytes before the directory of the zip: a signature that is added later leaves them as they are.</summary>
    public long ContentBytes { get; }

    /// <summary>Whether someone signed it after it was packed.</summary>
    public bool IsSigned { get; }

    /// <summary>The record of the model; null for a part.</summary>
    public NuGetManifest? Manifest { get; }

    /// <summary>Reads a package that <see cref="NuGetPacker"/> wrote.</summary>
    /// <exception cref="InvalidPackageException">It is none.</exception>
    public static NuGetArchive Open(string path)
    {
        try
        {
            using FileStream file = new(path, FileMode.Open, FileAccess.Read, FileShare.Read);
            long contentBytes = DirectoryOffset(file, path);
            using ZipArchive zip = new(file, ZipArchiveMode.Read, leaveOpen: true);
            ZipArchiveEntry[] nuspecs = [.. zip.Entries.Where(static e => !e.FullName.Contains('/') && e.FullName.EndsWith(".nuspec", StringComparison.OrdinalIgnoreCase))];
            if (nuspecs.Length != 1)
            {
                throw NuGetFaults.Unreadable(path, $"{nuspecs.Length} entries *.nuspec; expected 1");
            }

            (NuGetIdentity identity, bool isModel) = ReadNuspec(ReadSmall(nuspecs[0], MaxNuspec, path), path);
            ZipArchiveEntry? record = zip.GetEntry(NuGetManifest.FileName);
            if (!isModel || (record is null) != NuGetId.IsPart(identity.Id))
            {
                throw NuGetFaults.NotOurs(path);
            }

            string place = $"{path}: {NuGetManifest.FileName}";
            NuGetManifest? manifest = record is null ? null : NuGetManifestFormat.Read(ReadSmall(record, NuGetManifestFormat.MaxBytes, path), place);
            return manifest is null || Same(manifest.Identity, identity)
                ? new(path, identity, file.Length, contentBytes, zip.GetEntry(SignatureFile) is not null, manifest)
                : throw NuGetFaults.Unreadable(path, $"its record is of {manifest.Identity}, its nuspec of {identity}");
        }
        catch (Exception fault) when (fault is InvalidDataException or XmlException or NotSupportedException)
        {
            throw NuGetFaults.Unreadable(path, fault.Message.TrimEnd('.'), fault);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            throw new ModelPackException($"{path}: cannot be read: {fault.Message.TrimEnd('.')}", fault);
        }
    }

    /// <summary>Whether two names mean one package: the case of letters does not count.</summary>
    internal static bool Same(NuGetIdentity one, NuGetIdentity other) =>
        one.Id.Equals(other.Id, StringComparison.OrdinalIgnoreCase) && one.Version.Equals(other.Version, StringComparison.OrdinalIgnoreCase);

    /// <summary>The bytes of the nuspec, as they are in the package.</summary>
    internal byte[] NuspecBytes()
    {
        using ZipArchive zip = ZipFile.OpenRead(File);
        return ReadSmall(zip.Entries.First(static e => !e.FullName.Contains('/') && e.FullName.EndsWith(".nuspec", StringComparison.OrdinalIgnoreCase)), MaxNuspec, File);
    }

    // The record at the end says where the directory is; ours have no comment after it.
    private static long DirectoryOffset(FileStream file, string path)
    {
        byte[] end = new byte[StoredZip.EndBytes];
        file.Position = Math.Max(0, file.Length - end.Length);
        bool whole = file.ReadAtLeast(end, end.Length, throwOnEndOfStream: false) == end.Length && BinaryPrimitives.ReadUInt32LittleEndian(end) == EndMark;
        long offset = whole ? BinaryPrimitives.ReadUInt32LittleEndian(end.AsSpan(16)) : -1;
        file.Position = 0;
        return offset >= 0 && offset <= file.Length - end.Length ? offset : throw NuGetFaults.Unreadable(path, "no zip, or one that was cut off");
    }

    private static (NuGetIdentity Identity, bool IsModel) ReadNuspec(byte[] bytes, string path)
    {
        using XmlReader reader = XmlReader.Create(new MemoryStream(bytes), new() { DtdProcessing = DtdProcessing.Prohibit, XmlResolver = null });
        XElement? metadata = XDocument.Load(reader).Root?.Elements().FirstOrDefault(static e => e.Name.LocalName == "metadata");
        string id = Text("id");
        string version = Text("version");
        bool isModel = metadata?.Descendants().Any(static e => e.Name.LocalName == "packageType" && (string?)e.Attribute("name") == "ModelPack") ?? false;
        bool good = id.Length <= NuGetId.Longest && id.Length > 0 && id.All(static c => char.IsAsciiLetterOrDigit(c) || c is '.' or '-' or '_') && id.Trim('.') == id
            && PackageVersion.TryParse(version) is { } read && read.ToString() == version && !version.Contains('+');
        return good ? (new(id, version), isModel) : throw NuGetFaults.Unreadable(path, $"its nuspec says id '{id}', version '{version}'");

        string Text(string name) => metadata?.Elements().FirstOrDefault(e => e.Name.LocalName == name)?.Value ?? "";
    }

    private static byte[] ReadSmall(ZipArchiveEntry entry, int limit, string path)
    {
        using Stream stream = entry.Open();
        using MemoryStream bytes = new();
        byte[] buffer = new byte[1 << 16];
        for (int read; (read = stream.Read(buffer)) > 0;)
        {
            if (bytes.Length + read > limit)
            {
                throw NuGetFaults.Unreadable(path, $"{entry.FullName} has more than {limit} bytes");
            }

            bytes.Write(buffer, 0, read);
        }

        return bytes.ToArray();
    }
}
