using ModelPack.Licensing.Identity;

namespace ModelPack.LicenseIndex;

/// <summary>Writes the fingerprint of a license text; the text itself stays out of the repository.</summary>
internal static class FingerprintCommand
{
    /// <returns>False when the options make no sense.</returns>
    public static bool Run(string path, IReadOnlyList<string> options, TextWriter standard)
    {
        string? id = null;
        string? output = null;
        List<string> phrases = [];
        for (int i = 0; i + 1 < options.Count; i += 2)
        {
            switch (options[i])
            {
                case "--id":
                    id = options[i + 1];
                    break;
                case "--phrase":
                    phrases.Add(options[i + 1]);
                    break;
                case "-o":
                    output = options[i + 1];
                    break;
                default:
                    return false;
            }
        }

        if (id is null || options.Count % 2 != 0)
        {
            return false;
        }

        string fingerprint = FingerprintFile.Write(id, phrases, File.ReadAllText(path));
        FingerprintFile.Read(output ?? id, fingerprint);
        if (output is null)
        {
            standard.Write(fingerprint);
        }
        else
        {
            File.WriteAllText(output, fingerprint);
        }

        return true;
    }
}
