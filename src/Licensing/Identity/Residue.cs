namespace ModelPack.Licensing.Identity;

/// <summary>Words of a text that its reference does not explain.</summary>
internal static class Residue
{
    /// <summary>A row of foreign words this long that holds a normative word makes another license.</summary>
    public const int MinRun = 8;

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
                normative |= NormativeWords.Contains(words[i].Hash);
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
    public static int TurningInsertion(LicenseIndex index, TextPositions text, LicenseRegion region, bool[] covered)
    {
        int last = -1;
        for (int i = region.Start; i < region.End; i++)
        {
            bool hit = covered[i] && covered[i + 1] && covered[i + 2] && text.Shingles[i] >= 0
                && index.Holders(text.Shingles[i]).BinarySearch((ushort)region.Reference) >= 0;
            if (!hit)
            {
                continue;
            }

            int inserted = i - last - WordHash.ShingleWords;
            if (last >= 0 && inserted is > 0 and < MinRun && AreNeighbors(index.Sequence(region.Reference), text.Shingles[last], text.Shingles[i]))
            {
                for (int w = last + WordHash.ShingleWords; w < i; w++)
                {
                    if (NormativeWords.Turns(text.Words[w].Hash))
                    {
                        return w;
                    }
                }
            }

            last = i;
        }

        return -1;
    }

    private static bool AreNeighbors(ReadOnlySpan<int> sequence, int before, int after)
    {
        for (int i = 0; i + WordHash.ShingleWords < sequence.Length; i++)
        {
            if (sequence[i] == before && sequence[i + WordHash.ShingleWords] == after)
            {
                return true;
            }
        }

        return false;
    }
}
