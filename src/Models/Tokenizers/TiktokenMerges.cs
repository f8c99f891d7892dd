namespace ModelPack.Models.Tokenizers;

/// <summary>
/// tiktoken has ranks but no merges: a token's merge is the pair that is left when the token itself may not be joined.
/// </summary>
/// <remarks>Source: QwenModel.bpe in llama.cpp's converter.</remarks>
internal static class TiktokenMerges
{
    /// <summary>The merges of all tokens of two parts, in the order of the file.</summary>
    /// <param name="ranks">Ranks by token, one character a byte.</param>
    /// <param name="order">Tokens as they stand in the file.</param>
    /// <param name="longest">No token is longer.</param>
    public static List<string> Derive(Dictionary<string, int> ranks, List<string> order, int longest)
    {
        Dictionary<string, int>.AlternateLookup<ReadOnlySpan<char>> lookup = ranks.GetAlternateLookup<ReadOnlySpan<char>>();
        List<string> merges = [];
        int[] starts = new int[longest + 1];
        int[] pairs = new int[longest];
        foreach (string token in order)
        {
            if (token.Length > 1 && LastSplit(token, ranks[token], lookup, starts, pairs) is { } split)
            {
                merges.Add($"{token.AsSpan(0, split)} {token.AsSpan(split)}");
            }
        }

        return merges;
    }

    /// <summary>
    /// Joins the pair of lowest rank below the token's own, the leftmost of equals, until none is left.
    /// </summary>
    /// <param name="token">One character a byte.</param>
    /// <param name="limit">The token's rank.</param>
    /// <param name="lookup">Ranks of all tokens.</param>
    /// <param name="starts">Scratch: where each part starts, and the end of the token.</param>
    /// <param name="pairs">Scratch: rank of each part with the next.</param>
    /// <returns>Where the second part starts when two are left; null for any other number.</returns>
    private static int? LastSplit(
        string token, int limit, Dictionary<string, int>.AlternateLookup<ReadOnlySpan<char>> lookup, int[] starts, int[] pairs)
    {
        int parts = token.Length;
        for (int i = 0; i <= parts; i++)
        {
            starts[i] = i;
        }

        for (int i = 0; i + 1 < parts; i++)
        {
            pairs[i] = PairRank(i);
        }

        while (parts > 1)
        {
            int best = pairs.AsSpan(0, parts - 1).IndexOf(Lowest(pairs.AsSpan(0, parts - 1)));
            if (pairs[best] >= limit)
            {
                break;
            }

            // Part best + 1 goes into part best.
            starts.AsSpan(best + 2, parts - best - 1).CopyTo(starts.AsSpan(best + 1));
            pairs.AsSpan(best + 1, parts - best - 2).CopyTo(pairs.AsSpan(best));
            parts--;
            if (best + 1 < parts)
            {
                pairs[best] = PairRank(best);
            }

            if (best > 0)
            {
                pairs[best - 1] = PairRank(best - 1);
            }
        }

        return parts == 2 ? starts[1] : null;

        int PairRank(int part) =>
            lookup.TryGetValue(token.AsSpan(starts[part], starts[part + 2] - starts[part]), out int rank) ? rank : int.MaxValue;
    }

    private static int Lowest(ReadOnlySpan<int> values)
    {
        int lowest = values[0];
        foreach (int value in values)
        {
            lowest = Math.Min(lowest, value);
        }

        return lowest;
    }
}
