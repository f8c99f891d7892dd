using ModelPack.Licensing.Identity;
using ModelPack.Tests.Licensing.Identity;
using ModelPack.Tests.Support;

namespace ModelPack.Benchmarks.SideBySide;

/// <summary>A license text whose id is known.</summary>
/// <param name="Set">What was done to it.</param>
/// <param name="Path">The file, called LICENSE, in a folder of its own.</param>
/// <param name="Ids">SPDX ids, or one LicenseRef- id of a text that SPDX does not list.</param>
internal sealed record LicenseSample(string Set, string Path, IReadOnlyList<string> Ids)
{
    /// <summary>The set of texts that were written for models.</summary>
    public const string Models = "for models";

    // A notice that quotes the licenses of others.
    private const string NoLicense = "LicenseRef-none";

    private static readonly string[] Changes = ["exact", "other copyright", "3 % of words", "cut to 75 %"];

    private static readonly Dictionary<string, string> Twins = LicenseIndex.Embedded.References
        .SelectMany(static reference => reference.SameText.Prepend(reference.Id).Select(id => (id, reference.Id)))
        .ToDictionary(static pair => pair.id, static pair => pair.Id, StringComparer.Ordinal);

    /// <summary>Whether SPDX does not list the text.</summary>
    public bool IsCustom => Ids[0].StartsWith("LicenseRef-", StringComparison.Ordinal);

    /// <summary>Every n-th text of SPDX's list under some changes, and the texts of a folder with an index.tsv.</summary>
    /// <param name="folder">Receives the files.</param>
    /// <param name="step">n.</param>
    /// <param name="models">The folder; null: none.</param>
    public static List<LicenseSample> Write(string folder, int step, string? models)
    {
        List<LicenseSample> samples = [];
        foreach ((string name, Func<string, string> apply) in LicensePerturbation.All.Where(static change => Changes.Contains(change.Name)))
        {
            foreach ((string id, string text) in SpdxTexts.Sample(step).Where(static license => Twins.ContainsKey(license.Id)))
            {
                Add(name, [id], apply(text));
            }
        }

        if (models is not null)
        {
            foreach (string[] fields in File.ReadLines(System.IO.Path.Combine(models, "index.tsv")).Skip(1).Select(static line => line.Split('\t')))
            {
                if (fields[1] == NoLicense)
                {
                    continue;
                }

                Add(Models, fields[1].Split(" AND "), File.ReadAllText(System.IO.Path.Combine(models, fields[0])));
            }
        }

        return samples;

        void Add(string set, string[] ids, string text)
        {
            string path = System.IO.Path.Combine(folder, $"{samples.Count:d5}", "LICENSE");
            Directory.CreateDirectory(System.IO.Path.GetDirectoryName(path)!);
            File.WriteAllText(path, text);
            samples.Add(new(set, path, ids));
        }
    }

    /// <summary>Whether ids are all of this text's and no other; ids whose texts are the same count as one.</summary>
    public bool IsRight(IEnumerable<string> answer) => answer.Select(Twin).ToHashSet().SetEquals(Ids.Select(Twin));

    /// <summary>Whether an answer has an id of SPDX's list that is not this text's.</summary>
    public bool IsWrong(IEnumerable<string> answer) => answer
        .Select(Twin)
        .Any(id => Twins.ContainsKey(id) && !id.StartsWith("LicenseRef-", StringComparison.Ordinal) && !Ids.Select(Twin).Contains(id));

    // "GPL-2.0" is the older name of "GPL-2.0-only".
    private static string Twin(string id) => Twins.GetValueOrDefault(id) ?? Twins.GetValueOrDefault($"{id}-only") ?? id;
}
