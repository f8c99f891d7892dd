namespace ModelPack.Licensing.Identity;

/// <summary>
/// Says which licenses a text is. Normalizes by SPDX's matching guidelines, finds the references that explain most of the text,
/// and reads what they do not explain: a known template with a rider is not the template. Deterministic and thread-safe.
/// </summary>
public sealed class LicenseDetector
{
    /// <summary>Regions reported of one file.</summary>
    private const int MaxRegions = 24;

    /// <summary>Candidates judged before a stretch counts as unknown.</summary>
    private const int MaxAttempts = 6;

    /// <summary>Fewer words than this are no license.</summary>
    private const int MinWords = 12;

    private readonly LicenseIndex _index;

    internal LicenseDetector(LicenseIndex index) => _index = index;

    /// <summary>The detector with the references that this program carries; built on first use.</summary>
    public static LicenseDetector Default { get; } = new(LicenseIndex.Embedded);

    /// <summary>Ids that can be recognized: main ids and ids with the same text.</summary>
    public IEnumerable<string> KnownIds => _index.References.SelectMany(static r => r.SameText.Prepend(r.Id));

    /// <summary>Detects licenses in the bytes of a file; see <see cref="Detect(string, string?)"/>.</summary>
    /// <param name="bytes">The file, or its first <see cref="LicenseTextDecoder.MaxBytes"/>: more is not looked at.</param>
    /// <param name="fileName">Name of the file.</param>
    public IReadOnlyList<DetectedLicense> Detect(ReadOnlySpan<byte> bytes, string? fileName = null)
    {
        string? text = LicenseTextDecoder.Decode(bytes);
        return text is null ? [None("the file is binary", 0)] : Detect(text, fileName);
    }

    /// <summary>Detects licenses in a text, in the order in which they stand there.</summary>
    /// <param name="text">The text; not changed, and never executed or expanded.</param>
    /// <param name="fileName">
    /// Name of the file. In LICENSE and the like, and without a name, all of the text counts as terms; in NOTICE and README only
    /// what stands inside a license and beside it.
    /// </param>
    /// <returns>At least one finding; a single one of state None or Unknown when nothing was recognized.</returns>
    public IReadOnlyList<DetectedLicense> Detect(string text, string? fileName = null)
    {
        LicenseFileKind kind = LicenseFileName.KindOf(fileName);
        List<LicenseWord> words = TextNormalizer.Normalize(text);
        if (words.Count < MinWords)
        {
            return [None(words.Count == 0 ? "the file has no words" : $"the file has {words.Count} words", text.Length)];
        }

        TextPositions positions = new(words, _index);
        List<(LicenseRegion Region, RegionVerdict Verdict)> found = FindRegions(positions, out LicenseRegion? closest);
        if (found.Count == 0)
        {
            return [kind == LicenseFileKind.Prose ? None("no license text found", text.Length) : Unknown(text, closest)];
        }

        bool[] covered = new bool[words.Count];
        foreach ((LicenseRegion region, _) in found)
        {
            Residue.Cover(_index, positions, region, covered);
        }

        found.Sort(static (a, b) => a.Region.Start.CompareTo(b.Region.Start));
        List<DetectedLicense> licenses = new(found.Count);
        for (int i = 0; i < found.Count; i++)
        {
            (LicenseRegion region, RegionVerdict verdict) = found[i];
            (int from, int to) = Surroundings.Of(text, words, kind, found.ConvertAll(static f => f.Region), i);
            licenses.Add(Conclude(text, positions, region, Read(text, positions.Words, region, verdict, covered, from, to)));
        }

        return licenses;
    }

    private List<(LicenseRegion Region, RegionVerdict Verdict)> FindRegions(TextPositions positions, out LicenseRegion? closest)
    {
        List<(LicenseRegion, RegionVerdict)> found = [];
        RegionSearch search = new(_index, positions);
        closest = null;
        while (found.Count < MaxRegions)
        {
            List<LicenseRegion> candidates = search.Find();
            closest ??= candidates.FirstOrDefault();
            bool accepted = false;
            foreach (LicenseRegion region in candidates.Take(MaxAttempts))
            {
                if (RegionVerdict.Of(_index, positions, region) is RegionVerdict verdict)
                {
                    found.Add((region with { Rivals = verdict.EndsEarly ? Ties(candidates, region) : [] }, verdict));
                    positions.Taken.AsSpan(region.Start..region.End).Fill(true);
                    accepted = true;
                    break;
                }
            }

            if (!accepted)
            {
                break;
            }
        }

        return found;
    }

    /// <summary>References that explain a text which ends early exactly as well.</summary>
    private static List<int> Ties(List<LicenseRegion> candidates, LicenseRegion region) =>
    [
        .. candidates
            .Where(other => other.Reference != region.Reference && other.Found == region.Found && other.Hits == region.Hits)
            .Select(static other => other.Reference),
    ];

    /// <summary>Reads the words around and inside a region that no reference explains.</summary>
    private static RegionVerdict Read(
        string text, IReadOnlyList<LicenseWord> words, LicenseRegion region, RegionVerdict verdict, bool[] covered, int from, int to)
    {
        if (Residue.NormativeRun(words, covered, from, to) is (int start, int end))
        {
            verdict = new(DetectionState.Modified, [.. verdict.Reasons, $"added terms: \"{Quote(text, words, start, end)}\""]);
        }
        else if (verdict.TurningWord is int word and >= 0)
        {
            string quote = Quote(text, words, Math.Max(0, word - 4), Math.Min(words.Count, word + 5));
            verdict.Reasons.Add($"changed sentence: \"{quote}\"");
        }
        else if (Residue.OtherVersion(text, words, covered, Math.Max(0, region.Start - WordHash.ShingleWords), region.End) is int number and >= 0)
        {
            string quote = Quote(text, words, number - 1, number + 1);
            verdict = new(DetectionState.Modified, [.. verdict.Reasons, $"another version: \"{quote}\""]);
        }
        else if (verdict.State is DetectionState.Exact && covered.AsSpan(from..to).Contains(false))
        {
            verdict = new(DetectionState.Variant, ["words beside the license, without terms"]);
        }

        return verdict;
    }

    private DetectedLicense Conclude(string text, TextPositions positions, LicenseRegion region, RegionVerdict verdict)
    {
        LicenseReference reference = _index.References[region.Reference];
        double recall = region.Recall(_index);
        double similarity = 2 * region.Precision * recall / (region.Precision + recall);
        bool modified = verdict.State == DetectionState.Modified;
        List<string> evidence = [$"{recall:P0} of {reference.Id}'s text, {region.Precision:P0} of this stretch", .. verdict.Reasons];
        List<string> same = [.. reference.SameText, .. region.Rivals.Select(tie => _index.References[tie].Id)];
        if (same.Count > 0)
        {
            evidence.Add($"the same text{(verdict.EndsEarly ? ", as far as it goes," : "")} as {string.Join(", ", same)}");
        }

        int end = Math.Min(text.Length, positions.Words[region.End + WordHash.ShingleWords - 2].End);
        return new(modified ? ModifiedId(reference.Id) : reference.Id, verdict.State, similarity, evidence, positions.Words[region.Start].Start..end)
        {
            BaseId = modified ? reference.Id : null,
            SameText = modified ? [] : same,
        };
    }

    private static string ModifiedId(string id) =>
        id.StartsWith("LicenseRef-", StringComparison.Ordinal) ? $"LicenseRef-modified-{id["LicenseRef-".Length..]}" : $"LicenseRef-modified-{id}";

    private DetectedLicense Unknown(string text, LicenseRegion? closest)
    {
        string? id = closest is null ? null : _index.References[closest.Reference].Id;
        double recall = closest?.Recall(_index) ?? 0;
        string reason = id is null ? "like no known license" : $"closest is {id}: {recall:P0} of its text";
        return new("NOASSERTION", DetectionState.Unknown, recall, [reason], 0..text.Length) { BaseId = id };
    }

    private static DetectedLicense None(string reason, int length) => new("NONE", DetectionState.None, 0, [reason], 0..length);

    private static string Quote(string text, IReadOnlyList<LicenseWord> words, int start, int end)
    {
        const int MaxWords = 16;
        bool cut = end - start > MaxWords;
        string quote = text[words[start].Start..words[Math.Min(end, start + MaxWords) - 1].End];
        return string.Join(' ', quote.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)) + (cut ? " …" : "");
    }
}
