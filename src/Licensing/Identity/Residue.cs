namespace ModelPack.Licensing.Identity;

/// <summary>Words of a text that its reference does not explain.</summary>
internal static class Residue
{
    /// <summary>A row of foreign words this long that holds a normative word makes another license.</summary>
    public const int MinRun = 8;

    private static readonly uint Version = WordHash.Of("version");

    /// <summary>Words that the region explains: those of its matching runs.</summary>
    public static void Cover(LicenseIndex index, TextPositions text, LicenseRegion region, bool[] covered)
    {
        for (int i = region.Start; i < region.End; i++)
        {
            if (text.Shingles[i] >= 0 && index.Holders(text.Shingles[i]).BinarySearch((ushort)region.Reference) >= 0)
            {
                covered.AsSpan(i, WordHash.ShingleWords).Fill(true);
            }
        }
    }

    /// <summary>The first row of at least <see cref="MinRun"/> uncovered words with a normative word, or null.</summary>
    /// <param name="words">The text.</param>
    /// <param name="covered">Words that a reference explains.</param>
    /// <param name="start">First word looked at.</param>
    /// <param name="end">Word after the last.</param>
    /// <returns>First word and word after the last of the row.</returns>
    public static (int Start, int End)? NormativeRun(IReadOnlyList<LicenseWord> words, bool[] covered, int start, int end)
    {
        int run = start;
        bool normative = false;
        for (int i = start; i <= end; i++)
        {
            if (i < end && !covered[i])
            {
                normative |= NormativeWords.Contains(words[i].Hash)
                    || (i > run && NormativeWords.Forbid(words[i - 1].Hash, words[i].Hash));
                continue;
            }

            if (normative && i - run >= MinRun)
            {
                return (run, i);
            }

            (run, normative) = (i + 1, false);
        }

        return null;
    }

    /// <summary>
    /// A word that was put between two words which the reference has side by side and that can turn the sentence ("not",
    /// "commercial"), or −1.
    /// </summary>
    public static int TurningInsertion(TextPositions text, IReadOnlyList<AlignedBlock> blocks)
    {
        for (int b = 1; b < blocks.Count; b++)
        {
            (int added, int missing) = Alignment.Gap(blocks[b - 1], blocks[b]);
            int start = blocks[b - 1].Last + WordHash.ShingleWords;
            for (int w = start; added is > 0 and < MinRun && missing <= 0 && w < start + added; w++)
            {
                if (NormativeWords.Turns(text.Words[w].Hash))
                {
                    return w;
                }
            }
        }

        return -1;
    }

    /// <summary>A number after "version" that no reference explains, here or elsewhere in the text, or −1.</summary>
    public static int OtherVersion(string text, IReadOnlyList<LicenseWord> words, bool[] covered, int start, int end)
    {
        HashSet<uint> explained = [];
        int found = -1;
        for (int w = start + 1; w < end; w++)
        {
            bool number = words[w - 1].Hash == Version
                && char.IsAsciiDigit(text[words[w].Start])
                && !text.AsSpan(words[w - 1].End, Math.Max(0, words[w].Start - words[w - 1].End)).ContainsAny('.', ';');
            if (number && covered[w])
            {
                explained.Add(words[w].Hash);
            }
            else if (number && found < 0)
            {
                found = w;
            }
        }

        return found >= 0 && !explained.Contains(words[found].Hash) ? found : -1;
    }

    /// <summary>The most words in a row that were taken out in one place, and after which word of the reference.</summary>
    public static (int Words, int After) LongestDeletion(
        LicenseIndex index, TextPositions text, LicenseRegion region, IReadOnlyList<AlignedBlock> blocks)
    {
        HashSet<int> present = [.. text.Shingles[region.Start..region.End]];
        ReadOnlySpan<int> sequence = index.Sequence(region.Reference);
        (int Words, int After) longest = (0, 0);
        for (int b = 1; b < blocks.Count; b++)
        {
            (int added, int missing) = Alignment.Gap(blocks[b - 1], blocks[b]);
            int net = missing - Math.Max(0, added);
            int run = 0;
            for (int r = blocks[b - 1].LastReference + 1; net > longest.Words && r < blocks[b].Reference; r++)
            {
                // A repeated sentence may be aligned with its twin: words that stand elsewhere in the text are not gone.
                run = present.Contains(sequence[r]) ? 0 : run + 1;
                int words = Math.Min(net, run - WordHash.ShingleWords + 1);
                longest = words > longest.Words ? (words, r - run + WordHash.ShingleWords) : longest;
            }
        }

        return longest;
    }
}
