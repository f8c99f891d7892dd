using System.Globalization;
using ModelPack.Models;
using ModelPack.Packaging.Oci;
using ModelPack.Packaging.Packing;

namespace ModelPack.Packaging.NuGet;

/// <summary>
/// Packs a model for NuGet feeds: parts of bounded size that hold runs of its files' bytes, and a package that depends on exactly these
/// parts and whose build targets join them.
/// </summary>
public sealed class NuGetPacker
{
    private readonly PackageRequest _request;
    private readonly NuGetPackOptions _options;
    private readonly string _folder;
    private readonly NuGetId _id;
    private readonly string _version;
    private readonly PackageFile[] _files;
    private readonly IReadOnlyList<NuGetText> _texts;
    private readonly NuGetLicense _license;

    private NuGetPacker(PackageRequest request, NuGetPackOptions options, string folder)
    {
        (_request, _options, _folder) = (request, options, folder);
        _id = NuGetId.Of(request.Name, request.Variant);
        _version = NuGetIdentity.VersionOf(request.Version);
        _files = [.. request.Files.OrderBy(static f => f.Path, StringComparer.Ordinal)];
        PackagePath.Check([.. _files.Select(static f => f.Path)], _id.Text);
        if (_files.Length == 0)
        {
            throw new ModelPackException($"{request.Name}: no files to pack");
        }

        _texts = NuGetText.Of(_files);
        _license = NuGetLicense.Of(request.Licenses, _texts);
    }

    /// <param name="request">What to pack.</param>
    /// <param name="options">How.</param>
    /// <param name="folder">Where the package files go.</param>
    /// <param name="progress">Told the bytes read of all files.</param>
    /// <param name="cancel">Stops between buffers; nothing then has its final name.</param>
    /// <exception cref="ModelPackException">NuGet allows no such id, a file cannot be read, or a package file of other content is there.</exception>
    public static async Task<NuGetPackResult> RunAsync(PackageRequest request, NuGetPackOptions options, string folder, IProgress<long> progress, CancellationToken cancel)
    {
        NuGetPacker packer = new(request, options, Path.GetFullPath(folder));
        Directory.CreateDirectory(packer._folder);
        using PackageOutput output = new(packer._folder, request.Overwrite);
        return await packer.WriteAsync(output, progress, cancel);
    }

    private async Task<NuGetPackResult> WriteAsync(PackageOutput output, IProgress<long> progress, CancellationToken cancel)
    {
        long overhead = PartEntries(NuGetId.MaxParts, NuGetId.MaxParts).Bytes;
        if (overhead > _options.PartBytes / 2)
        {
            throw NuGetFaults.PartTooSmall(_id.Text, _options.PartBytes, overhead);
        }

        long[] lengths = [.. _files.Select(static f => f.Bytes)];
        IReadOnlyList<PackageSlice> slices = PartPlan.Of(_id.Text, lengths, _options.PartBytes - overhead);
        using PartWriter writer = new(_files, lengths, progress);
        List<NuGetPartRecord> parts = [];
        int count = slices[^1].Part;
        foreach (IGrouping<int, PackageSlice> part in slices.GroupBy(static s => s.Part))
        {
            NuGetIdentity identity = new(_id.Part(part.Key), _version);
            parts.Add(await output.WriteAsync(identity, async zip =>
            {
                await PartEntries(part.Key, count).WriteAsync(zip, cancel);
                await writer.WriteAsync(zip, part, cancel);
            }, cancel));
        }

        NuGetManifest record = Record(parts, writer.Records);
        NuGetPartRecord model = await output.WriteAsync(record.Identity, zip => ModelEntries(record, slices).WriteAsync(zip, cancel), cancel);
        await output.PublishAsync(cancel);
        if (_request.Overwrite)
        {
            RemoveParts(count + 1);
        }

        return new(model, record);
    }

    // What was there had more parts.
    private void RemoveParts(int from)
    {
        for (int part = from; part <= NuGetId.MaxParts; part++)
        {
            File.Delete(Path.Combine(_folder, new NuGetIdentity(_id.Part(part), _version).FileName));
        }
    }

    private NuGetManifest Record(IReadOnlyList<NuGetPartRecord> parts, IReadOnlyList<NuGetFileRecord> files) => new()
    {
        Identity = new(_id.Text, _version),
        Name = _request.Name,
        Version = _request.Version.ToString(),
        Variant = _request.Variant,
        Description = _request.Description,
        Licenses = _request.Licenses,
        Audit = _request.Audit,
        Parts = parts,
        Files = files,
    };

    private PackageEntries ModelEntries(NuGetManifest record, IReadOnlyList<PackageSlice> slices)
    {
        byte[] json = NuGetManifestFormat.Write(record);
        Nuspec nuspec = new()
        {
            Identity = record.Identity,
            Authors = _options.Authors ?? _request.Name,
            License = _license,
            Readme = "README.md",
            Description = $"{NuGetReadme.Summary(record)} The build joins its {record.Files.Count} files from {record.Parts.Count} parts, checks them, and puts them into the output folder.",
            Tags = [.. ((string?[])["modelpack", "model", record.Description.Format, record.Variant]).OfType<string>()],
            Dependencies = [.. record.Parts.Select(static p => p.Identity)],
        };
        return new(
            nuspec,
            _texts,
            [
                ("README.md", NuGetReadme.Bytes(record)),
                (NuGetManifest.FileName, json),
                .. BuildTargets.OfModel(_id, _version, [.. record.Files.Select(static f => (f.Path, f.Digest.Hex))], slices, Digest.Of(json).Hex[..16]),
            ]);
    }

    private PackageEntries PartEntries(int part, int count)
    {
        NuGetIdentity identity = new(_id.Part(part), _version);
        Nuspec nuspec = new()
        {
            Identity = identity,
            Authors = _options.Authors ?? _request.Name,
            License = _license,
            Description = string.Create(CultureInfo.InvariantCulture, $"Part {part} of {count} of the model {_request.Name} {_version}; refer to {_id.Text}, which joins the parts."),
            Tags = ["modelpack"],
        };
        return new(nuspec, _texts, BuildTargets.OfPart(_id, part));
    }
}
