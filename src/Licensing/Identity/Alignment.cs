namespace ModelPack.Licensing.Identity;

/// <summary>A stretch where text and reference run in step.</summary>
/// <param name="Text">First position in the text.</param>
/// <param name="Reference">First position in the reference.</param>
/// <param name="Hits">Matching runs of three words.</param>
/// <param name="Last">Last matching position in the text.</param>
internal readonly record struct AlignedBlock(int Text, int Reference, int Hits, int Last)
{
    /// <summary>Position in the reference of the last match.</summary>
    public int LastReference => Reference + Last - Text;
}

/// <summary>Lays a region beside its reference, to see what was put in and what was taken out.</summary>
internal static class Alignment
{
    /// <summary>A shorter stretch in step is chance: common turns of phrase occur all over a text.</summary>
    private const int MinHits = 3;

    /// <summary>The stretches in step, in the text's order.</summary>
    public static List<AlignedBlock> Of(LicenseIndex index, TextPositions text, LicenseRegion region)
    {
        Dictionary<int, List<int>> places = [];
        ReadOnlySpan<int> sequence = index.Sequence(region.Reference);
        for (int r = 0; r < sequence.Length; r++)
        {
            if (places.TryGetValue(sequence[r], out List<int>? at))
            {
                at.Add(r);
            }
            else
            {
                places.Add(sequence[r], [r]);
            }
        }

        List<AlignedBlock> blocks = [];
        AlignedBlock block = default;
        for (int i = region.Start; i < region.End; i++)
        {
            if (!places.TryGetValue(text.Shingles[i], out List<int>? candidates))
            {
                continue;
            }

            int expected = block.Reference + i - block.Text;
            if (block.Hits > 0 && candidates.BinarySearch(expected) >= 0)
            {
                block = block with { Hits = block.Hits + 1, Last = i };
                continue;
            }

            Keep(blocks, block);
            block = new(i, block.Hits == 0 ? candidates[0] : Nearest(candidates, blocks.Count > 0 ? blocks[^1].LastReference + i - blocks[^1].Last : expected), 1, i);
        }

        Keep(blocks, block);
        return blocks;
    }

    /// <summary>Words between two blocks: in the text and in the reference.</summary>
    public static (int Text, int Reference) Gap(AlignedBlock before, AlignedBlock after) =>
        (after.Text - before.Last - WordHash.ShingleWords, after.Reference - before.LastReference - WordHash.ShingleWords);

    private static void Keep(List<AlignedBlock> blocks, AlignedBlock block)
    {
        if (block.Hits >= MinHits)
        {
            blocks.Add(block);
        }
    }

    private static int Nearest(List<int> places, int expected)
    {
        int best = places[0];
        foreach (int place in places)
        {
            if (Math.Abs(place - expected) < Math.Abs(best - expected))
            {
                best = place;
            }
        }

        return best;
    }
}
