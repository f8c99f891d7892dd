using System.Security.Cryptography;
using ModelPack.Licensing.Audit;
using ModelPack.Licensing.Identity;

namespace ModelPack.Cli.Licenses.Evidence;

/// <summary>License texts, each read once: what it is, and its hash.</summary>
internal static class TextEvidence
{
    /// <param name="folder">Paths are given relative to it.</param>
    /// <param name="files">License-like files below it.</param>
    /// <param name="warn">Told which file cannot be read.</param>
    /// <param name="cancel">Stops between files.</param>
    /// <returns>Files with a license text, in the order of their paths; a README without one is left out.</returns>
    public static IReadOnlyList<ObservedFile> Read(string folder, IEnumerable<string> files, Action<string> warn, CancellationToken cancel)
    {
        List<ObservedFile> found = [];
        foreach (string file in files.Order(StringComparer.Ordinal))
        {
            cancel.ThrowIfCancellationRequested();
            try
            {
                byte[] bytes = LicenseScan.ReadStart(file, out _);
                string relative = Path.GetRelativePath(folder, file).Replace('\\', '/');
                bool isText = relative.StartsWith($"{LicenseFileName.TextFolder}/", StringComparison.Ordinal);
                IReadOnlyList<DetectedLicense> licenses = LicenseDetector.Default.Detect(bytes, isText ? null : file);
                if (licenses.Any(static l => l.State != DetectionState.None))
                {
                    found.Add(new(relative, Convert.ToHexStringLower(SHA256.HashData(bytes)), licenses));
                }
            }
            catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
            {
                warn($"{file}: {fault.Message}");
            }
        }

        return found;
    }
}
