using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace ModelPack.Cli.Runs;

/// <summary>Tells whether a model's files are still those of an interrupted run: names, sizes and times.</summary>
internal static class SourceFingerprint
{
    /// <summary>A hash in lower-case hex.</summary>
    /// <exception cref="IOException">A file cannot be looked at.</exception>
    public static string Of(IEnumerable<string> files)
    {
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (string path in files)
        {
            // Hub caches are made of links, whose own size and time say nothing of the file.
            FileInfo link = new(path);
            FileInfo file = link.ResolveLinkTarget(returnFinalTarget: true) as FileInfo ?? link;
            hash.AppendData(Encoding.UTF8.GetBytes(string.Create(
                CultureInfo.InvariantCulture, $"{link.Name}\t{file.Length}\t{file.LastWriteTimeUtc:O}\n")));
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }
}
