namespace ModelPack.Runtime.Passes;

/// <summary>Tokens that one expert sees.</summary>
/// <param name="Tokens">Rows.</param>
/// <param name="Gates">A weight for each.</param>
internal readonly record struct RoutedTokens(ReadOnlyMemory<int> Tokens, ReadOnlyMemory<float> Gates)
{
    /// <summary>None.</summary>
    public static RoutedTokens None { get; } = new(ReadOnlyMemory<int>.Empty, ReadOnlyMemory<float>.Empty);

    /// <summary>How many.</summary>
    public int Count => Tokens.Length;

    /// <summary>Runs of at most so many.</summary>
    public IEnumerable<RoutedTokens> Cut(int most)
    {
        for (int start = 0; start < Count; start += most)
        {
            int count = Math.Min(most, Count - start);
            yield return new(Tokens.Slice(start, count), Gates.Slice(start, count));
        }
    }
}
