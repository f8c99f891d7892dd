namespace ModelPack.Runtime.Passes;

/// <summary>Neighboring windows of one length: their tokens are neighboring rows.</summary>
/// <param name="FirstWindow">First window.</param>
/// <param name="Windows">How many.</param>
/// <param name="Length">Tokens of each.</param>
/// <param name="FirstRow">Row of the first token.</param>
internal readonly record struct TokenBatch(int FirstWindow, int Windows, int Length, long FirstRow)
{
    /// <summary>Tokens of all of them.</summary>
    public int Rows => Windows * Length;

    /// <summary>Cuts windows into batches.</summary>
    /// <param name="windows">Token ids.</param>
    /// <param name="mostRows">Tokens of a batch, unless one window is longer.</param>
    public static IReadOnlyList<TokenBatch> Of(IReadOnlyList<int[]> windows, long mostRows)
    {
        List<TokenBatch> batches = [];
        long row = 0;
        for (int i = 0; i < windows.Count; i++)
        {
            int length = windows[i].Length;
            if (length == 0)
            {
                continue;
            }

            bool joins = batches.Count > 0
                && batches[^1] is var last
                && last.Length == length
                && last.FirstWindow + last.Windows == i
                && (last.Windows + 1L) * length <= mostRows;
            if (joins)
            {
                batches[^1] = batches[^1] with { Windows = batches[^1].Windows + 1 };
            }
            else
            {
                batches.Add(new(i, 1, length, row));
            }

            row += length;
        }

        return batches;
    }
}
