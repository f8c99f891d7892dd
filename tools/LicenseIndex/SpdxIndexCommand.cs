using System.Text.Json;
using ModelPack.Licensing.Identity;

namespace ModelPack.LicenseIndex;

/// <summary>Makes the embedded index from the texts of npm's spdx-license-list.</summary>
internal static class SpdxIndexCommand
{
    public static void Run(string folder, string output)
    {
        List<(string Id, uint[] Words)> texts = [];
        foreach (string file in Directory.EnumerateFiles(Path.Combine(folder, "licenses"), "*.json").Order(StringComparer.Ordinal))
        {
            using JsonDocument license = JsonDocument.Parse(File.ReadAllBytes(file));
            string text = license.RootElement.GetProperty("licenseText").GetString()!;
            uint[] words = [.. TextNormalizer.Normalize(text).Select(static word => word.Hash)];
            if (words.Length >= WordHash.ShingleWords)
            {
                texts.Add((Path.GetFileNameWithoutExtension(file), words));
            }
        }

        if (texts.Count == 0)
        {
            throw new InvalidDataException($"{folder}: no license texts; expected npm's spdx-license-list");
        }

        // One license, four ids: "GPL-2.0-only", "GPL-2.0-or-later" and the deprecated "GPL-2.0" and "GPL-2.0+"; their texts on the
        // list differ by white space and addresses, so the first text stands for all.
        Dictionary<string, uint[]> byId = texts.ToDictionary(static text => text.Id, static text => text.Words);
        for (int i = 0; i < texts.Count; i++)
        {
            texts[i] = byId.TryGetValue($"{Family(texts[i].Id)}-only", out uint[]? words) ? (texts[i].Id, words) : texts[i];
        }

        List<(IReadOnlyList<string> Ids, IReadOnlyList<uint> Words)> distinct =
        [
            .. texts.GroupBy(static text => Convert.ToHexString(System.Security.Cryptography.SHA256.HashData(Bytes(text.Words))))
                .Select(static group => ((IReadOnlyList<string>)[.. group.Select(static text => text.Id).OrderBy(Rank).ThenBy(static id => id, StringComparer.Ordinal)],
                    (IReadOnlyList<uint>)group.First().Words))
                .OrderBy(static entry => entry.Item1[0], StringComparer.Ordinal),
        ];
        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(output))!);
        string partial = $"{output}.{Environment.ProcessId}.partial";
        using (FileStream file = File.Create(partial))
        {
            SpdxIndexFormat.Write(file, distinct);
        }

        File.Move(partial, output, overwrite: true);
    }

    private static int Rank(string id) => id switch
    {
        _ when id.EndsWith("-only", StringComparison.Ordinal) => 0,
        _ when id.EndsWith("-or-later", StringComparison.Ordinal) => 2,
        _ when id.EndsWith('+') => 3,
        _ => 1,
    };

    private static string Family(string id)
    {
        foreach (string ending in (string[])["-only", "-or-later", "+"])
        {
            id = id.EndsWith(ending, StringComparison.Ordinal) ? id[..^ending.Length] : id;
        }

        return id;
    }

    private static byte[] Bytes(uint[] words)
    {
        byte[] bytes = new byte[words.Length * sizeof(uint)];
        Buffer.BlockCopy(words, 0, bytes, 0, bytes.Length);
        return bytes;
    }
}
