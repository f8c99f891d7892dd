using System.IO.Compression;
using System.Security.Cryptography;
using ModelPack.Packaging.Verification;

namespace ModelPack.Packaging.NuGet;

/// <summary>Compares what a part holds of a model with the model's record, whatever else is in the part.</summary>
internal static class SliceCheck
{
    /// <param name="model">The record.</param>
    /// <param name="number">Which part, from 1.</param>
    /// <param name="part">The part.</param>
    /// <returns>What is damaged, by the model's files.</returns>
    public static IReadOnlyList<PackageFinding> Run(NuGetManifest model, int number, NuGetArchive part)
    {
        string name = Path.GetFileName(part.File);
        List<PackageFinding> findings = [];
        try
        {
            using ZipArchive zip = ZipFile.OpenRead(part.File);
            foreach (NuGetFileRecord file in model.Files)
            {
                findings.AddRange(file.Slices.Where(s => s.Part == number).Select(slice => Compare(zip, file.Path, slice, name)).OfType<PackageFinding>());
            }
        }
        catch (Exception fault) when (fault is InvalidDataException or IOException or NotSupportedException)
        {
            findings.Add(new("invalid", name, fault.Message.TrimEnd('.')));
        }

        return findings;
    }

    private static PackageFinding? Compare(ZipArchive zip, string file, NuGetSliceRecord slice, string part)
    {
        ZipArchiveEntry? entry = zip.GetEntry(slice.Entry);
        if (entry is null || entry.Length != slice.Bytes || entry.CompressedLength != slice.Bytes)
        {
            return new("size", part, $"{file} is damaged: {slice.Entry} {(entry is null ? "is missing" : $"has {entry.Length} bytes")}; expected {slice.Bytes}");
        }

        using Stream content = entry.Open();
        return Convert.ToHexStringLower(SHA256.HashData(content)) == slice.Digest.Hex ? null
            : new("hash", part, $"{file} is damaged: {slice.Entry} has another digest than {slice.Digest}");
    }
}
